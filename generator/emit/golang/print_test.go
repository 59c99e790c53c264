package golang

import (
	"fmt"
	"go/format"
	"strings"
	"testing"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/templates"
)

// TestRuntimeFilesStayFormatted holds that no import path of the run-time makes formatting needed.
func TestRuntimeFilesStayFormatted(t *testing.T) {
	for _, p := range templates.Packages() {
		for _, f := range p.Files {
			for _, path := range []string{"a", "zz.example/x/y", "github.com/limitgen/limitgen/gen"} {
				got := RuntimeFile(f.Body, path)
				want, err := format.Source(got)
				if err != nil || string(want) != string(got) {
					t.Errorf("%s/%s below %s is not formatted: %v", p.Name, f.Name, path, err)
				}
			}
		}
	}
}

// TestPartsAreOneFile holds that cuts change nothing, whatever is imported on each side.
func TestPartsAreOneFile(t *testing.T) {
	print := func(cuts bool) string {
		p := newPrinter("api", "api.yaml", "example.com/run")
		p.file("a.go", func(f *jen.File) {
			f.PackageComment("// Package api is small.")
			for i := range 6 {
				name := fmt.Sprintf("T%d", i)
				fields := []jen.Code{jen.Id("A").Qual("time", "Time").Comment("first"), jen.Id("Longer").Int()}
				if i%2 == 1 {
					fields = append(fields, jen.Id("B").Add(rest("Union")), jen.Id("C").Qual("io", "Reader"))
				}
				f.Line().Comment("// " + name + " is a type.\n//\n// It has fields.")
				f.Type().Id(name).Struct(fields...)
				f.Line().Func().Params(jen.Id(name)).Id("m").Params().Block()
				if cuts {
					p.cut(f)
				}
			}
		})
		files, err := p.files()
		if err != nil {
			t.Fatal(err)
		}
		return string(files[0].Data)
	}
	whole, parts := print(false), print(true)
	if whole != parts {
		t.Errorf("in parts:\n%s\nwhole:\n%s", parts, whole)
	}
}

// TestFaultsOfParts holds that the error of the first part that does not parse is told.
func TestFaultsOfParts(t *testing.T) {
	p := newPrinter("api", "api.yaml", "example.com/run")
	p.file("good.go", func(f *jen.File) { f.Var().Id("a").Int() })
	p.file("bad.go", func(f *jen.File) {
		f.Var().Id("a").Op("}")
		p.cut(f)
		f.Var().Id("b").Op("{")
	})
	if _, err := p.files(); err == nil || !strings.HasPrefix(err.Error(),
		"bad.go: ") || !strings.Contains(err.Error(), "var a }") {
		t.Error(err)
	}
}
