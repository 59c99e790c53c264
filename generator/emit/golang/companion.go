package golang

import (
	"bytes"
	"fmt"
	"go/format"
	"path/filepath"
	"strconv"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates"
)

// EmitCompanion prints a package that imports the generated one by its path. Its files are copied
// as they stand, save the one that holds the API's own figures: that is printed by layout.
func EmitCompanion(api *model.API, folder, importPath string, layout func(*model.API) []byte) ([]File, error) {
	var out []File
	for _, f := range templates.Companion(folder) {
		if f.Name == storeLayoutName {
			f.Body = layout(api)
		}
		var buf bytes.Buffer
		fmt.Fprintf(&buf, "%s\n// Source: %s\n\n", Header, oneLine(filepath.ToSlash(api.Source)))
		buf.Write(bytes.ReplaceAll(f.Body, []byte(strconv.Quote(templates.RuntimePath)), []byte(strconv.Quote(importPath))))
		data, err := format.Source(buf.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", folder, f.Name, err)
		}
		out = append(out, File{f.Name, data})
	}
	return out, nil
}
