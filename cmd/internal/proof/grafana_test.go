package proof

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// TestDashboardFollowsGrafanasSchema decodes dashboards with Grafana's own types, strictly: panels,
// their options, field configuration and queries included, so that nothing is misspelt, missing or
// of the wrong kind.
func TestDashboardFollowsGrafanasSchema(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	for name, dir := range map[string]string{
		"easemob": committedConfig + "/grafana",
		"hostile": harness.GenerateText(t, "{{ x }}\n.yaml", hostileRules, "grafana"),
	} {
		data, err := os.ReadFile(filepath.Join(dir, "dashboard.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range schemaErrors(data) {
			t.Errorf("%s: %v", name, err)
		}
		for _, word := range []string{"expr", "fillOpacity", "showLegend", "definition", "gridPos", "reduceOptions"} {
			if len(schemaErrors(bytes.Replace(data, []byte(`"`+word+`":`), []byte(`"misspelt":`), 1))) == 0 {
				t.Errorf("%s: nobody notices when %q is misspelt", name, word)
			}
		}
	}
}

func schemaErrors(data []byte) (all []error) {
	var d dashboard.Dashboard //nolint:staticcheck // deprecated for the shape that only the newest Grafana imports
	for _, err := range []error{d.UnmarshalJSONStrict(data), d.Validate()} {
		var found cog.BuildErrors // which is not nil if it is empty
		if errors.As(err, &found) {
			for _, e := range found {
				all = append(all, e)
			}
		} else if err != nil {
			all = append(all, err)
		}
	}
	return all
}
