// Package spec_test checks the encoded table against the rows of the published one.
package spec_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/list"
	"github.com/limitgen/limitgen/generator/source"
)

const (
	encoded   = "easemob.yaml"
	published = "table/easemob-2022-08-04.tsv"
)

// row is one row of the published table.
type row map[string]string

func rows(t *testing.T) []row {
	t.Helper()
	data, err := os.ReadFile(published)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	header := strings.Split(lines[0], "\t")
	var out []row
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != len(header) {
			t.Fatalf("%d cells in %q", len(cells), line)
		}
		r := make(row)
		for i, name := range header {
			r[name] = cells[i]
		}
		out = append(out, r)
	}
	return out
}

// citation is where the spec encodes a row.
type citation struct {
	op     list.Operation
	origin *limit.Origin
}

func citations(t *testing.T) map[string][]citation {
	t.Helper()
	data, err := os.ReadFile(encoded)
	if err != nil {
		t.Fatal(err)
	}
	ops, diags := generator.Effective(context.Background(), generator.Options{Spec: encoded, Data: data})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	doc, _ := source.Load(encoded, data, nil)
	origins := make(map[string]*limit.Origin)
	templates := make(map[string]bool)
	for _, ref := range doc.Operations() {
		templates[ref.Path] = true
		rule, diags := limit.ParseRule(encoded, doc.Node(append(slices.Clone(ref.Pointer), "x-rate-limit")...))
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		origins[ref.Op.OperationID] = rule.Origin
		for _, v := range rule.Variants {
			origins[v.Name] = v.Origin
		}
	}
	if n := len(doc.Operations()); n != 105 {
		t.Errorf("%d operations, want 105", n)
	}
	if len(templates) != 66 {
		t.Errorf("%d path templates, want 66", len(templates))
	}
	out := make(map[string][]citation)
	for _, op := range ops {
		if len(op.Rows) == 0 {
			t.Errorf("%s cites no row", op.ID)
		}
		for _, n := range op.Rows {
			out[strconv.Itoa(n)] = append(out[strconv.Itoa(n)], citation{op, origins[op.ID]})
		}
	}
	return out
}

func TestEveryRowIsEncodedOnceWithItsFigures(t *testing.T) {
	cited := citations(t)
	table := rows(t)
	if len(table) != 113 || len(cited) != 113 {
		t.Fatalf("%d rows published, %d cited; want 113", len(table), len(cited))
	}
	pools := make(map[string]string) // pool to limit
	for i, r := range table {
		number := strconv.Itoa(i + 1)
		if r["row"] != number {
			t.Fatalf("row %s stands at %s", r["row"], number)
		}
		if len(cited[number]) != 1 {
			t.Errorf("row %s is cited %d times", number, len(cited[number]))
			continue
		}
		checkRow(t, r, cited[number][0], pools)
	}
	if len(pools) != 3 {
		t.Errorf("%d pools, want 3", len(pools))
	}
}

func checkRow(t *testing.T, r row, c citation, pools map[string]string) {
	op := c.op
	if op.Method != r["method"] || op.Path != r["path"] {
		t.Errorf("row %s is encoded at %s %s, want %s %s", r["row"], op.Method, op.Path, r["method"], r["path"])
	}
	if op.Title != r["title"] {
		t.Errorf("row %s has title %q, want %q", r["row"], op.Title, r["title"])
	}
	if len(op.Limits) != 1 {
		t.Errorf("row %s has %d limits", r["row"], len(op.Limits))
		return
	}
	l := op.Limits[0]
	if got := strconv.FormatInt(l.Quota, 10) + " " + l.Unit + " in " + strconv.FormatInt(l.Window, 10); got != r["quota"]+" "+r["unit"]+" in "+r["window"] {
		t.Errorf("row %s: %s, want %s %s in %s", r["row"], got, r["quota"], r["unit"], r["window"])
	}
	if len(l.Per) == 0 || l.Per[0] != "app" || r["per"] != "App Key" {
		t.Errorf("row %s is counted per %v, want %s", r["row"], l.Per, r["per"])
	}
	own := slices.Contains(l.Per, "operation")
	if pool := r["pool"]; pool != "" {
		if own {
			t.Errorf("row %s is of pool %s and counted on its own", r["row"], pool)
		}
		if first, ok := pools[pool]; ok && first != l.Name {
			t.Errorf("row %s draws on %s, its pool on %s", r["row"], l.Name, first)
		}
		pools[pool] = l.Name
	}
	if (l.Unit == "messages") != (l.Cost != any(int64(1))) {
		t.Errorf("row %s: unit %s with cost %v", r["row"], l.Unit, l.Cost)
	}
	printed := r["method_printed"] + " " + r["url_printed"]
	switch {
	case printed == op.Method+" "+op.Path:
		if c.origin.Printed != "" {
			t.Errorf("row %s is printed as encoded, yet printed says %q", r["row"], c.origin.Printed)
		}
	case c.origin.Printed != printed:
		t.Errorf("row %s is printed %q; the spec says %q", r["row"], printed, c.origin.Printed)
	case c.origin.Erratum == "":
		t.Errorf("row %s is printed otherwise and no erratum says why", r["row"])
	}
}

// TestPoolsAreOnlyWhatThePageSaysIsShared finds limits without "operation" that rows of several
// operations use.
func TestPoolsAreOnlyWhatThePageSaysIsShared(t *testing.T) {
	byLimit := make(map[string][]row)
	cited := citations(t)
	for _, r := range rows(t) {
		for _, c := range cited[r["row"]] {
			for _, l := range c.op.Limits {
				if !slices.Contains(l.Per, "operation") {
					byLimit[l.Name] = append(byLimit[l.Name], r)
				}
			}
		}
	}
	for name, users := range byLimit {
		for _, r := range users[1:] {
			if r["pool"] == "" || r["pool"] != users[0]["pool"] {
				t.Errorf("rows %s and %s share %s, which the page does not say", users[0]["row"], r["row"], name)
			}
		}
	}
}

func TestTheTableHasElevenLimits(t *testing.T) {
	data, err := os.ReadFile(encoded)
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := source.Load(encoded, data, nil)
	if n := len(doc.Keys("x-rate-limits", "limits")); n != 11 {
		t.Errorf("%d limits, want 11", n)
	}
}

// TestSpecLints allows the one finding that is the API's: two of its paths overlap.
func TestSpecLints(t *testing.T) {
	data, err := os.ReadFile(encoded)
	if err != nil {
		t.Fatal(err)
	}
	diags := generator.Lint(context.Background(), generator.Options{Spec: encoded, Data: data})
	for _, d := range diags {
		if d.Rule != "ambiguous-path" || !strings.Contains(d.Message, "super_admin") {
			t.Error(d)
		}
	}
	if len(diags) != 1 {
		t.Errorf("%d findings, want 1", len(diags))
	}
}
