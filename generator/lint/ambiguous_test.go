package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/analyze"
)

// TestNearTemplates holds that all which a request may match are near, and that literals keep a
// large API's templates apart.
func TestNearTemplates(t *testing.T) {
	of := func(path string) template {
		return template{&analyze.Operation{}, strings.Split(parameter.ReplaceAllString(path, "{}"), "/")}
	}
	words := []string{"a", "b", "{x}", "{y}", "a{x}", "{x}.b"}
	var paths []string
	for _, one := range words {
		for _, two := range words {
			paths = append(paths, "/"+one, "/"+one+"/"+two, "/v/"+one+"/"+two)
		}
	}
	all := &templates{}
	for i, path := range paths {
		near := make(map[string]bool)
		for _, n := range all.near(of(path)) {
			near[strings.Join(n.segments, "/")] = true
		}
		for _, other := range paths[:i] {
			if o := of(other); compare(o.segments, of(path).segments) != apart &&
				!near[strings.Join(o.segments, "/")] {
				t.Errorf("%s is not near %s", other, path)
			}
		}
		all.add(of(path))
	}

	large := &templates{}
	for i := range 1000 {
		path := of(fmt.Sprintf("/{app}/things%d/{id}", i))
		if near := large.near(path); len(near) > 0 {
			t.Fatalf("%d templates are near", len(near))
		}
		large.add(path)
	}
}
