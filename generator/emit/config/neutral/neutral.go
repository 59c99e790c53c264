// Package neutral emits the limits in a form of their own, which no engine reads and any program
// can: limits.json, the same as limits.yaml, and the JSON Schema that both follow.
package neutral

import (
	"bytes"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/templates"
)

// The names of the files.
const (
	fileJSON   = "limits.json"
	fileYAML   = "limits.yaml"
	fileSchema = "limits.schema.json"
)

// Target returns the neutral form.
func Target() *config.Target {
	t := &config.Target{Name: "json", Summary: "limits.json and limits.yaml for other programs, and their schema"}
	t.Render = func(in *config.Input, o config.Options) ([]config.File, error) {
		doc := document(in)
		asYAML, err := renderYAML(append(config.Head(t, in, o),
			"yaml-language-server: $schema="+fileSchema, ""), doc)
		if err != nil {
			return nil, err
		}
		var asJSON bytes.Buffer
		printJSON(&asJSON, doc, 0)
		asJSON.WriteByte('\n')
		return []config.File{
			{Name: fileJSON, Data: asJSON.Bytes()},
			{Name: fileYAML, Data: asYAML},
			{Name: fileSchema, Data: templates.ConfigFile("json/" + fileSchema)},
		}, nil
	}
	return t
}
