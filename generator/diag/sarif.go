package diag

import (
	"io"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// homepage is the tool's address in SARIF.
const homepage = "https://github.com/limitgen/limitgen"

// SARIF prints a log of version 2.1.0, with a description for each rule that it names.
func SARIF(w io.Writer, l List) error {
	run := sarif.NewRunWithInformationURI("limitgen", homepage)
	run.Results = []*sarif.Result{} // a run without findings needs an empty list
	for _, id := range rulesIn(l) {
		level := Note // the highest severity of the rule's findings
		for _, d := range l {
			if d.Rule == id {
				level = min(level, d.Severity)
			}
		}
		run.AddRule(id).WithDescription(Describe(id)).
			WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(level.String()))
	}
	for _, d := range l {
		result := run.CreateResultForRule(d.Rule).WithLevel(d.Severity.String()).
			WithMessage(sarif.NewTextMessage(d.Message))
		result.AddLocation(location(d.Pos))
		if d.Was.File != "" {
			was := location(d.Was)
			was.Message = sarif.NewTextMessage("where it stood before")
			result.WithRelatedLocations([]*sarif.Location{was})
		}
	}
	report := sarif.NewReport()
	report.AddRun(run)
	return report.PrettyWrite(w)
}

// rulesIn returns the rules of a list's findings, in order.
func rulesIn(l List) []string {
	var ids []string
	for _, d := range l {
		ids = append(ids, d.Rule)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func location(p Position) *sarif.Location {
	uri := (&url.URL{Path: filepath.ToSlash(p.File)}).String()
	place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(uri))
	if p.Line > 0 {
		place.WithRegion(sarif.NewRegion().WithStartLine(p.Line).WithStartColumn(max(1, p.Col)))
	}
	return sarif.NewLocationWithPhysicalLocation(place)
}
