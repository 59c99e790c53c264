package source

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

const (
	ruleSyntax = "syntax"

	tagString = "!!str"
	tagInt    = "!!int"
	tagFloat  = "!!float"
	tagBool   = "!!bool"
	tagNull   = "!!null"
	tagMap    = "!!map"
	tagList   = "!!seq"
)

// parseYAML reads the one document of a file.
func parseYAML(file string, text []byte) (*yaml.Node, diag.List) {
	var diags diag.List
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithV3Defaults())
	var root yaml.Node
	if err == nil {
		err = loader.Load(&root)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		pos, message := errorAt(file, err)
		diags.Errorf(pos, ruleSyntax, "%s", message)
		return nil, diags
	}
	if len(root.Content) == 0 {
		return nil, nil
	}
	var second yaml.Node
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
		return root.Content[0], nil
	case err != nil:
		pos, message := errorAt(file, err)
		diags.Errorf(pos, ruleSyntax, "%s", message)
	case len(second.Content) == 1 && second.Content[0].Kind == yaml.ScalarNode &&
		second.Content[0].Value == "":
		return root.Content[0], nil // a last line of ---
	default:
		pos := diag.Position{File: file, Line: max(second.Line, 1), Col: max(second.Column, 1)}
		diags.Errorf(pos, ruleSyntax, "a second document begins here; keep one document in a file")
	}
	return nil, diags
}

// errorAt returns the place and the text of a YAML error.
func errorAt(file string, err error) (diag.Position, string) {
	pos := diag.Position{File: file, Line: 1, Col: 1}
	var at *yaml.LoadError
	if !errors.As(err, &at) {
		return pos, firstLine(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if at.Mark.Line > 0 {
		pos.Line, pos.Col = at.Mark.Line, max(at.Mark.Column, 1)
	}
	text := firstLine(at.Message)
	if at.ContextMsg != "" {
		text = firstLine(at.ContextMsg) + ": " + text
	}
	return pos, text
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
