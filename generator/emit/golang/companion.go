package golang

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"

	"github.com/limitgen/limitgen/templates"
)

// Printed returns a file of an API's package that was printed elsewhere.
func Printed(name, source, text string) (File, error) {
	data, err := format.Source([]byte(Header + "\n// Source: " + oneLine(source) + "\n\n" + text))
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", name, err)
	}
	return File{Name: name, Data: data}, nil
}

// RuntimeFile adds our header to a file of the run-time, and rewrites its imports to their paths
// below runtime. It stays formatted: its imports keep their order, since all of ours change alike.
func RuntimeFile(body []byte, runtime string) []byte {
	return imported(append([]byte(Header+"\n\n"), body...), runtime)
}

// imported rewrites imports of the run-time's packages to their emitted paths; they become a group
// of their own after those of the standard library.
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
	for len(others) > 0 && others[len(others)-1] == "" {
		others = others[:len(others)-1]
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
