package source

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// responseBody begins a runtime expression on an answer.
const responseBody = "$response.body#"

var (
	pointerPattern = regexp.MustCompile(`^(/([^~]|~[01])*)+$`)
	barePattern    = regexp.MustCompile(`^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*$`)
)

// ResponsePointer reads a pointer into an answer: /a/b, or $response.body#/a/b. ok is false for
// anything else, and for the whole answer.
func ResponsePointer(n *yaml.Node) (pointer string, ok bool) {
	for depth := 0; n.Kind == yaml.AliasNode && n.Alias != nil && depth < 100; depth++ {
		n = n.Alias
	}
	pointer = strings.TrimPrefix(n.Value, responseBody)
	return pointer, n.Kind == yaml.ScalarNode && pointerPattern.MatchString(pointer)
}

// MeantPointer returns the pointer into an answer that an invalid one may mean.
func MeantPointer(text string) string {
	for _, prefix := range []string{responseBody, "$response.body", "$response.header", "$request.body#", "$response", "#", "$", ".", "/"} {
		text = strings.TrimPrefix(text, prefix)
	}
	if !barePattern.MatchString(text) {
		text = "name"
	}
	return responseBody + "/" + strings.ReplaceAll(text, ".", "/")
}
