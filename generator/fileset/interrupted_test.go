package fileset

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// kill carries plans out up to the n-th change and then stops as a killed process does: nothing is
// undone and nothing is cleaned up. It reports whether there were so many changes.
func kill(t *testing.T, n int, plans ...*Plan) bool {
	t.Helper()
	done := func() bool { n--; return n < 0 }
	var under []*transaction
	for _, p := range plans {
		if err := os.MkdirAll(p.dir, 0o777); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(p.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		tx := &transaction{root: root, rename: p.rename}
		under = append(under, tx)
		for _, s := range p.steps {
			if !s.changes() {
				continue
			}
			if done() {
				return true
			}
			if err := tx.prepare(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tx := range under {
		for _, it := range tx.items {
			if done() {
				return true
			}
			if err := tx.commit(it); err != nil {
				t.Fatal(err)
			}
		}
	}
	return false
}

func TestKilledRunIsNamedAndMended(t *testing.T) {
	before := files("a.go", head+"1", "b.go", head+"1", "config/c.json", `{"c": 1}`,
		"config/gone.json", `{}`)
	during := files("a.go", head+"2", "b.go", head+"1", "config/c.json", `{"c": 2}`, "new/d.json",
		`{"d": 2}`)
	after := files("a.go", head+"3", "config/c.json", `{"c": 3}`, "new/d.json", `{"d": 3}`)
	for n := 0; ; n++ {
		for _, next := range [][]File{during, after} {
			dir := t.TempDir()
			write(t, dir, before)
			put(t, filepath.Join(dir, "mine.txt"), "mine")
			more := kill(t, n, inspect(t, dir, during))
			left := 0
			for name := range tree(t, dir) {
				if isTemporary(name) {
					left++
				}
			}
			p := inspect(t, dir, next)
			for _, d := range p.Drift() {
				if d.Refused || d.Kind == Modified && d.Name != ManifestName {
					t.Errorf("after %d changes: %s is %s, %s", n, d.Path, d.Kind, d.Note)
				}
				if isTemporary(d.Name) {
					left--
					if d.Kind != Stale || d.Note != "an interrupted run left it" {
						t.Errorf("after %d changes: %s is %s, %s", n, d.Path, d.Kind, d.Note)
					}
				}
			}
			if left != 0 {
				t.Errorf("after %d changes: %d temporary files are not reported", n, left)
			}
			for _, name := range write(t, dir, next) {
				if isTemporary(name) {
					t.Errorf("temporary file %s is listed as removed", name)
				}
			}
			if drifts := inspect(t, dir, next).Drift(); len(drifts) > 0 {
				t.Errorf("after %d changes the next run leaves %s: %s", n, drifts[0].Path, drifts[0].Kind)
			}
			for name := range tree(t, dir) {
				if isTemporary(name) {
					t.Errorf("after %d changes the next run leaves %s", n, name)
				}
			}
			if data, err := os.ReadFile(filepath.Join(dir, "mine.txt")); err != nil || string(data) != "mine" {
				t.Errorf("the user's own file: %q, %v", data, err)
			}
			if !more && n > 0 && &next[0] == &after[0] {
				return
			}
		}
	}
}

func TestTemporaryNames(t *testing.T) {
	for name, want := range map[string]bool{
		beside("a.go"): true, beside("x/y.json"): true, ".limitgen-.tmp": false, ".limitgen-A.tmp": false,
		"limitgen-1.tmp": false, ".limitgen-1.tmp.go": false, ".limitgen-a b.tmp": false,
	} {
		if isTemporary(name) != want {
			t.Errorf("isTemporary(%q) is %v", name, !want)
		}
	}
}

func TestRunsAtOnceTakeTurns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	set := func(i int) []File {
		var pairs []string
		for j := range 12 {
			pairs = append(pairs, fmt.Sprintf("f%d.go", j), head+strings.Repeat("x", i))
		}
		return files(append(pairs, fmt.Sprintf("only%d.go", i), head)...)
	}
	const writers = 4
	var wg sync.WaitGroup
	for i := range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 10 {
				p, err := Inspect(dir, set(i), note("a run"))
				if err == nil {
					_, err = p.Write()
				}
				if err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	whole := 0
	for i := range writers {
		if len(inspect(t, dir, set(i)).Drift()) == 0 {
			whole++
		}
	}
	if whole != 1 {
		t.Errorf("the folder holds the output of %d runs, want that of one", whole)
	}
}

func TestLineEndsAreNamedForEveryFile(t *testing.T) {
	dir := t.TempDir()
	fs := files("a.go", head+"x\n", "b.json", "{\n}\n")
	write(t, dir, fs)
	for _, name := range []string{"a.go", "b.json", ManifestName} {
		name = filepath.Join(dir, name)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		put(t, name, strings.ReplaceAll(string(data), "\n", "\r\n"))
	}
	drifts := inspect(t, dir, fs).Drift()
	if len(drifts) != 3 {
		t.Errorf("%d files differ, want 3", len(drifts))
	}
	for _, d := range drifts {
		if !strings.Contains(d.Note, "line ends") {
			t.Errorf("%s: %s, %q", d.Name, d.Kind, d.Note)
		}
	}
}

func TestFindSkipsWhatGoIgnores(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"gen", "testdata/x", "_old", ".cache", "vendor/y", "a/testdata"} {
		put(t, filepath.Join(dir, folder, "x.go"), head)
		put(t, filepath.Join(dir, folder, ManifestName), "{}")
	}
	found, err := Find(dir)
	if err != nil || len(found.Dirs) != 1 || len(found.Orphans) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
	found, err = Find(filepath.Join(dir, "testdata"))
	if err != nil || len(found.Dirs) != 1 {
		t.Errorf("a folder that is named is looked at: %+v, %v", found, err)
	}
}
