package generator_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/convert"
	"github.com/limitgen/limitgen/generator/source"
)

const doorSpec = `openapi: 3.0.3
info: {title: Doors, version: "1"}
paths:
  /a: {$ref: other.yaml#/paths/~1a}
  /b:
    get:
      parameters: [{$ref: other.yaml#/components/parameters/P}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: 'other.yaml#/components/schemas/S'}, example: {a: 1}}}}}
`

const doorOther = `paths:
  /a:
    post:
      x-rate-limit: {use: {each: 1}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S'}, examples: {one: {value: {a: [{}]}}}}}}
      responses: {"200": {description: ok}}
components:
  parameters: {P: {name: p, in: query, schema: {type: string}, example: 7}}
  schemas: {S: {type: object, properties: {a: {type: array, items: {$ref: '#/components/schemas/S'}}, b: {oneOf: [{type: string}, {$ref: '#/components/schemas/T'}]}}}, T: {allOf: [{$ref: '#/components/schemas/S'}]}}
`

const doorOverlay = `overlay: 1.0.0
info: {title: Limits, version: "1"}
actions:
  - {target: $, update: {x-rate-limits: {version: 1, limits: {each: {quota: 5, window: 1s, per: [client-ip]}}, default: {each: 1}}}}
  - {target: '$.paths[?@.get].get', update: {x-rate-limit: each}}
  - {target: $.paths.*.post.requestBody, remove: true}
`

// TestMutatedDoors changes the trees of what comes beside a spec: overlays, other files, and specs
// with other tools' limits that are converted.
func TestMutatedDoors(t *testing.T) {
	files, _ := filepath.Glob("../spec/invalid/*.yaml") // dialects.yaml has those of many tools
	var foreign [][]byte
	for _, f := range files {
		if data, err := os.ReadFile(f); err == nil && len(data) < 30_000 {
			foreign = append(foreign, data)
		}
	}
	r := rand.New(rand.NewPCG(7, 3))
	for i := range rounds(150, 6_000) {
		name := fmt.Sprint("mutant ", i)
		switch i % 3 {
		case 0:
			over := mutant(t, r, []byte(doorOverlay))
			bounded(t, name, over, func() {
				through(generator.Options{Overlay: []source.File{{Name: "over.yaml", Data: over}}, Read: only([]byte(doorOther))})
			})
		case 1:
			other := mutant(t, r, []byte(doorOther))
			bounded(t, name, other, func() { through(generator.Options{Read: only(other)}) })
		default:
			data := mutant(t, r, foreign[r.IntN(len(foreign))])
			bounded(t, name, data, func() {
				doc, _ := source.Load("m.yaml", data, only(nil))
				if doc != nil && doc.T != nil {
					_, _ = convert.Convert(doc)
				}
			})
		}
	}
}

// only reads one file.
func only(data []byte) source.Reader {
	return func(name string) ([]byte, error) {
		if filepath.Base(name) != "other.yaml" || data == nil {
			return nil, errors.New("not there")
		}
		return data, nil
	}
}

// through reads a spec with every command, and panics where a finding has no place.
func through(o generator.Options) {
	o.Package = "api"
	if o.Data == nil {
		o.Spec, o.Data = "m.yaml", []byte(doorSpec)
	}
	for _, d := range generator.Lint(context.Background(), o) {
		if d.Pos.Line == 0 || d.Pos.Col == 0 || d.Rule == "internal" {
			panic(fmt.Sprint("no place, or a bug of ours: ", d))
		}
	}
	_, found := generator.Generate(context.Background(), o)
	for _, d := range found {
		if d.Pos.Line == 0 || d.Rule == "internal" {
			panic(fmt.Sprint("generate: no place, or a bug of ours: ", d))
		}
	}
}
