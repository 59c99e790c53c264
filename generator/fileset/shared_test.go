package fileset

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// packages are the folders that the shared folder of these tests may have.
var packages = []string{"base", "one", "two", "three"}

// share plans for a folder that holds what all users of it need: a run of user adds what that one
// needs, and repeats what the manifest records of the others.
func share(t *testing.T, dir, version, user string, needs ...string) *Plan {
	t.Helper()
	p, err := InspectShared(dir, func(manifest []byte) ([]File, Record, error) {
		users := map[string]string{}
		var old noted
		if json.Unmarshal(manifest, &old) == nil && old.Note != "" {
			if err := json.Unmarshal([]byte(old.Note), &users); err != nil {
				return nil, nil, err
			}
		}
		delete(users, user)
		if len(needs) > 0 {
			users[user] = strings.Join(needs, " ")
		}
		if len(users) == 0 {
			return nil, nil, nil
		}
		wanted := map[string]bool{}
		for _, list := range users {
			for _, name := range strings.Fields(list) {
				wanted[name] = true
			}
		}
		var set []File
		for name := range wanted {
			set = append(set, files(name+"/a.go", head+version, name+"/b.go", head+version)...)
		}
		data, err := json.Marshal(users)
		return set, note(data), err
	}, packages...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func names(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	for name, what := range tree(t, dir) {
		if what != "folder" {
			out = append(out, filepath.ToSlash(name))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func drift(p *Plan) string {
	var out []string
	for _, d := range p.Drift() {
		out = append(out, d.Name+" "+string(d.Kind))
	}
	return strings.Join(out, ", ")
}

func TestSharedFolderHoldsWhatItsUsersNeed(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		user, needs, version, removed, holds string
	}{
		{"x", "base", "1", "", "base/a.go base/b.go limitgen.json"},
		{"y", "base one", "1", "", "base/a.go base/b.go limitgen.json one/a.go one/b.go"},
		{"x", "base two", "1", "", "base/a.go base/b.go limitgen.json one/a.go one/b.go two/a.go two/b.go"},
		// All of it has one version, whichever process runs.
		{"x", "base two", "2", "", "base/a.go base/b.go limitgen.json one/a.go one/b.go two/a.go two/b.go"},
		{"y", "base", "2", "one/a.go one/b.go", "base/a.go base/b.go limitgen.json two/a.go two/b.go"},
		{"x", "", "2", "two/a.go two/b.go", "base/a.go base/b.go limitgen.json"},
		{"y", "", "2", "base/a.go base/b.go limitgen.json", ""},
	} {
		removed, err := share(t, dir, tt.version, tt.user, strings.Fields(tt.needs)...).Write()
		if err != nil {
			t.Fatal(err)
		}
		for i := range removed {
			rel, _ := filepath.Rel(dir, removed[i])
			removed[i] = filepath.ToSlash(rel)
		}
		if got := strings.Join(removed, " "); got != tt.removed {
			t.Errorf("%s needs %q: removed %s", tt.user, tt.needs, got)
		}
		if got := names(t, dir); got != tt.holds {
			t.Errorf("%s needs %q: holds %s", tt.user, tt.needs, got)
		}
		for name := range tree(t, dir) {
			if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil && strings.HasSuffix(name,
				".go") && string(data) != head+tt.version {
				t.Errorf("%s is %q", name, data)
			}
		}
		if got := drift(share(t, dir, tt.version, tt.user, strings.Fields(tt.needs)...)); got != "" {
			t.Errorf("%s needs %q: drift %s", tt.user, tt.needs, got)
		}
	}
}

// Edits, and files with our header that nothing lists, are found in every folder that files stand
// in; files of other origin stay, also where a package goes.
func TestSharedFolderAndOtherFiles(t *testing.T) {
	dir := t.TempDir()
	if _, err := share(t, dir, "1", "x", "base", "one").Write(); err != nil {
		t.Fatal(err)
	}
	put(t, dir+"/base/a.go", head+"mine")
	put(t, dir+"/base/extra.go", head)
	put(t, dir+"/three/half.go", head)
	put(t, dir+"/elsewhere/other.go", head)
	put(t, dir+"/one/go.mod", "module x")
	put(t, dir+"/one/a_test.go", "package one")
	_ = os.Remove(dir + "/one/a.go")
	if got, want := drift(share(t, dir, "1", "x", "base", "one")), "base/a.go modified, base/extra.go stale, one/a.go missing, three/half.go stale"; got != want {
		t.Errorf("drift %s, want %s", got, want)
	}
	if _, err := share(t, dir, "1", "x", "base").Write(); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), "base/a.go base/b.go elsewhere/other.go limitgen.json one/a_test.go one/go.mod"; got != want {
		t.Errorf("holds %s, want %s", got, want)
	}
	found, err := Find(dir)
	if err != nil || len(found.Dirs) != 1 || len(found.Orphans) != 1 ||
		!strings.HasSuffix(found.Orphans[0], "other.go") {
		t.Errorf("found %+v, %v", found, err)
	}
}

// A folder with a manifest of its own belongs to that one.
func TestFolderOfAnotherManifest(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/sub", files("c.go", head))
	if removed := write(t, dir, files("a.go", head, "sub/b.go", head)); removed != nil {
		t.Error("removed", removed)
	}
	if got := kinds(t, dir, files("a.go", head, "sub/b.go", head)); got != "" {
		t.Error("drift", got)
	}
}

func TestTwoFoldersChangeTogether(t *testing.T) {
	for fail := 0; ; fail++ {
		base := t.TempDir()
		out, shared := filepath.Join(base, "out"), filepath.Join(base, "shared")
		if _, err := Write(share(t, shared, "1", "x", "base", "one"), inspect(t, out, files("a.go", head+
			"1", "gone.go", head))); err != nil {
			t.Fatal(err)
		}
		before := tree(t, base)
		plans := []*Plan{share(t, shared, "2", "x", "base", "two"), inspect(t, out, files("a.go", head+"2", "new/b.go", head))}
		n := 0
		for _, p := range plans {
			p.rename = func(root *os.Root, from, to string) error {
				if n++; n > fail {
					return errors.New("disk on fire")
				}
				return root.Rename(from, to)
			}
		}
		if _, err := Write(plans...); err == nil {
			if fail < 5 {
				t.Errorf("only %d renames", fail)
			}
			return
		}
		if after := tree(t, base); !maps.Equal(before, after) {
			t.Fatalf("failing at rename %d changed something:\n%v\n%v", fail, before, after)
		}
	}
}

// A file in the way in one folder keeps the other as it is, and leaves no new folder behind.
func TestRefusedInOneOfTwoFolders(t *testing.T) {
	base := t.TempDir()
	put(t, base+"/out/a.go", "package mine")
	before := tree(t, base)
	_, err := Write(share(t, base+"/shared", "1", "x", "base"),
		inspect(t, base+"/out", files("a.go", head)))
	if err == nil || !strings.Contains(err.Error(), "was not written by limitgen") {
		t.Error(err)
	}
	if after := tree(t, base); !maps.Equal(before, after) {
		t.Error("something changed:", after)
	}
	if _, err := Write(inspect(t, base+"/x", nil), inspect(t, base+
		"/./x", nil)); err == nil || !strings.Contains(err.Error(), "two outputs") {
		t.Error("one folder for two plans:", err)
	}
	if after := tree(t, base); !maps.Equal(before, after) {
		t.Error("something changed:", after)
	}
}

func TestKilledRunOfTwoFoldersIsMended(t *testing.T) {
	first := func(base, version string) []*Plan {
		return []*Plan{share(t, base+"/shared", version, "x", "base", "one"), inspect(t, base+"/x", files("x.go", head+version, "c.json", `{"v": `+version+`}`))}
	}
	second := func(base, version string) []*Plan {
		return []*Plan{share(t, base+"/shared", version, "y", "base", "two"), inspect(t, base+"/y", files("y.go", head+version))}
	}
	more := true
	for n := 0; more; n++ {
		for _, other := range []bool{false, true} {
			base := t.TempDir()
			if _, err := Write(second(base, "1")...); err != nil {
				t.Fatal(err)
			}
			more = kill(t, n, first(base, "2")...)
			for _, p := range first(base, "2") {
				for _, d := range p.Drift() {
					if d.Refused || d.Kind == Modified && d.Name != ManifestName {
						t.Errorf("after %d changes: %s is %s, %s", n, d.Path, d.Kind, d.Note)
					}
				}
			}
			// Another's run comes first, or the same again.
			if other {
				if _, err := Write(second(base, "2")...); err != nil {
					t.Fatal(err)
				}
				if got := drift(second(base, "2")[0]) + drift(second(base, "2")[1]); got != "" {
					t.Errorf("after %d changes, then another's run: %s", n, got)
				}
			}
			if _, err := Write(first(base, "2")...); err != nil {
				t.Fatal(err)
			}
			for _, p := range first(base, "2") {
				if got := drift(p); got != "" {
					t.Errorf("after %d changes the next run leaves %s", n, got)
				}
			}
			if got := names(t, base); strings.Contains(got, temporaryPrefix) {
				t.Errorf("after %d changes the next run leaves %s", n, got)
			}
		}
	}
}

// Runs of several users at once end as runs one after the other do.
func TestUsersAtOnce(t *testing.T) {
	base := filepath.Join(t.TempDir(), "deep", "er")
	var wg sync.WaitGroup
	const users = 4
	for i := range users {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for round := range 10 {
				needs := []string{"base", packages[1+(i+round)%3]}
				out, err := Inspect(fmt.Sprintf("%s/out%d", base, i), files("a.go", head+fmt.Sprint(round)),
					note("x"))
				if err == nil {
					_, err = Write(share(t, base+"/shared", "1", fmt.Sprint(i), needs...), out)
				}
				if err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	for i := range users {
		if got := drift(share(t, base+"/shared", "1", fmt.Sprint(i), "base", packages[1+(i+9)%3])); got != "" {
			t.Errorf("user %d: %s", i, got)
		}
	}
}
