package agree

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/corpus/calls"
	"github.com/limitgen/limitgen/cmd/internal/corpus/drive"
	"github.com/limitgen/limitgen/cmd/internal/corpus/module"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/source"
)

// trialCourt generates documents, and has servers and validator judge their bodies.
type trialCourt struct {
	t       *testing.T
	dir     string
	benches map[string]*Bench
}

func newCourt(t *testing.T) *trialCourt {
	t.Helper()
	c := &trialCourt{t, t.TempDir(), make(map[string]*Bench)}
	if err := module.New(c.dir); err != nil {
		t.Fatal(err)
	}
	return c
}

// add generates a document; the validator reads judged, which is the same in JSON, or what the
// loader made of it.
func (c *trialCourt) add(name, file string, data, judged []byte, values int) {
	c.t.Helper()
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: file, Data: data, Package: "api", RuntimePath: module.Path, Read: os.ReadFile,
	})
	if result == nil {
		c.t.Fatal(file, diags)
	}
	doc, _ := source.Load(file, data, os.ReadFile)
	if judged == nil {
		judged, _ = doc.T.MarshalJSON()
	}
	v, err := NewValidator(judged)
	if err != nil {
		c.t.Fatal(file, err)
	}
	if err := module.Add(c.dir, name, result); err != nil {
		c.t.Fatal(err)
	}
	c.benches[name] = New(calls.Bodies(doc, result.API), v, values)
	for _, left := range c.benches[name].Left {
		c.t.Error(file, "not judged:", left)
	}
}

func (c *trialCourt) judge() {
	c.t.Helper()
	work := make(map[string]drive.Work)
	for name, b := range c.benches {
		work[name] = drive.Work{Trials: b.Trials}
	}
	found, err := module.Run(c.dir, work)
	if err != nil {
		c.t.Fatal(err)
	}
	all, served, known := 0, 0, 0
	for name, b := range c.benches {
		if f := found[name]; f.Err != "" {
			c.t.Errorf("%s: %s", name, f.Err)
		}
		n, s, out := b.Judge(found[name].Tried)
		all, served = all+n, served+s
		for _, d := range out {
			if d.Known != "" {
				known++
				continue
			}
			c.t.Errorf("%s %s %.200s: %.400s", name, d.Operation, d.Body, d.Found)
		}
	}
	c.t.Logf("%d bodies, %d served, %d differ as is known", all, served, known)
	if served < all/10 || served > all/2 {
		c.t.Errorf("%d of %d bodies were served, which tries one side alone", served, all)
	}
}

// TestMadeSchemas makes schemas by chance, and values of them and near them. A generated server and
// the validator judge these alike, and what both accept comes back as it was.
func TestMadeSchemas(t *testing.T) {
	const schemas, values = 60, 60
	rounds := uint64(8)
	if testing.Short() {
		rounds = 1
	}
	c := newCourt(t)
	for round := range rounds {
		for _, modern := range []bool{false, true} {
			name := fmt.Sprintf("made%d%t", round, modern)
			data := Document(rand.New(rand.NewPCG(round, 1)), schemas, modern)
			c.add(name, name+".json", data, data, values)
		}
	}
	c.judge()
}

// TestOurSpecs does the same with the schemas of the specs in this repository.
func TestOurSpecs(t *testing.T) {
	c := newCourt(t)
	for _, pattern := range []string{"easemob.yaml", "features/*.yaml", "valid/*.yaml"} {
		files, err := filepath.Glob("../../../../spec/" + pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for i, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c.add(fmt.Sprintf("%s%d", pattern[:5], i), file, data, nil, 60)
		}
	}
	c.judge()
}
