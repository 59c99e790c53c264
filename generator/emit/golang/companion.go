package golang

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates"
)

// EmitStore prints a store's package, in a folder of its own name. Its files are copied as they
// stand, save the one that holds an API's own figures: that is printed by layout. Runtime is the
// import path of the folder that the run-time's packages stand in.
func EmitStore(api *model.API, folder, runtime string, layout func(*model.API) []byte) ([]File, error) {
	var out []File
	for _, f := range templates.Files(folder) {
		if f.Name == storeLayoutName {
			f.Body = layout(api)
		}
		data, err := RuntimeFile(f.Body, runtime)
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", folder, f.Name, err)
		}
		out = append(out, File{Name: path.Join(folder, f.Name), Data: data})
	}
	return out, nil
}

// RuntimeFile gives a file of the run-time our header, and its imports the path that they have
// below runtime.
func RuntimeFile(body []byte, runtime string) ([]byte, error) {
	return format.Source(imported(append([]byte(Header+"\n\n"), body...), runtime))
}

// imported gives the run-time's packages the path that they are emitted under; their imports become
// a group of their own behind those of the standard library.
func imported(file []byte, runtime string) []byte {
	from := []byte(`"` + templates.Path)
	head, rest, found := bytes.Cut(file, []byte("\nimport (\n"))
	if !found {
		return bytes.ReplaceAll(file, from, []byte(`"`+runtime+`/`))
	}
	block, rest, _ := bytes.Cut(rest, []byte("\n)\n"))
	var own, others []string
	for line := range strings.Lines(string(block)) {
		line = strings.TrimRight(line, "\n")
		if strings.Contains(line, string(from)) {
			own = append(own, strings.ReplaceAll(line, string(from), `"`+runtime+`/`))
		} else {
			others = append(others, line)
		}
	}
	lines := others
	if len(own) > 0 && len(others) > 0 {
		lines = append(append(others, ""), own...)
	} else if len(own) > 0 {
		lines = own
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\nimport (\n%s\n)\n%s", head, strings.Join(lines, "\n"), rest)
	return bytes.ReplaceAll(out.Bytes(), from, []byte(`"`+runtime+`/`))
}
