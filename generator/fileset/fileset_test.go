package fileset

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const head = "// " + Header + "\n"

// note is a record that says one thing of a run.
type note string

type noted struct {
	Generated string            `json:"generated"`
	Note      note              `json:"note"`
	Files     map[string]string `json:"files"`
}

func (n note) Encode(files map[string]string) ([]byte, error) {
	return json.MarshalIndent(noted{Header, n, files}, "", "  ")
}

func (n note) Respell(data []byte) ([]byte, error) {
	var old noted
	if err := json.Unmarshal(data, &old); err != nil {
		return nil, err
	}
	return old.Note.Encode(old.Files)
}

func files(pairs ...string) []File {
	var out []File
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, File{pairs[i], []byte(pairs[i+1])})
	}
	return out
}

func inspect(t *testing.T, dir string, fs []File) *Plan {
	t.Helper()
	p, err := Inspect(dir, fs, note("a run"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, dir string, fs []File) []string {
	t.Helper()
	removed, err := inspect(t, dir, fs).Write()
	if err != nil {
		t.Fatal(err)
	}
	return removed
}

func put(t *testing.T, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

// tree returns all that lies below dir, with the times, to compare before and after.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		if e.IsDir() {
			out[rel] = "folder"
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		out[rel] = info.Mode().String() + info.ModTime().Format(time.RFC3339Nano) + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func kinds(t *testing.T, dir string, fs []File) string {
	t.Helper()
	var out []string
	for _, d := range inspect(t, dir, fs).Drift() {
		out = append(out, d.Name+" "+string(d.Kind))
	}
	return strings.Join(out, ", ")
}

func TestWriteAndCheckAgree(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	set := files("client.go", head+"1", "conf/x.conf", "no header")
	if got := kinds(t, dir, set); got != "client.go missing, conf/x.conf missing, limitgen.json missing" {
		t.Error(got)
	}
	write(t, dir, set)
	before := tree(t, dir)
	if got := kinds(t, dir, set); got != "" {
		t.Error("drift after writing:", got)
	}
	if removed := write(t, dir, set); removed != nil {
		t.Error("removed", removed)
	}
	if !maps.Equal(before, tree(t, dir)) {
		t.Error("a second run changed something")
	}
	next := files("client.go", head+"2")
	if got := kinds(t, dir, next); got != "client.go out of date, conf/x.conf stale, limitgen.json out of date" {
		t.Error(got)
	}
	if removed := write(t, dir, next); !slices.Equal(removed,
		[]string{filepath.Join(dir, "conf", "x.conf")}) {
		t.Error("removed", removed)
	}
	if _, err := os.Stat(filepath.Join(dir, "conf")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the empty folder stays")
	}
}

func TestWhatIsOurs(t *testing.T) {
	set := files("client.go", head+"1", "x.conf", "one")
	for name, tt := range map[string]struct {
		arrange func(dir string)
		set     []File
		refused string // part of the refusal, or ""
		kinds   string
	}{
		"header changed by hand": {func(dir string) { put(t, dir+"/client.go", head+"mine") }, set, "", "client.go modified"},
		"listed, no header, changed": {func(dir string) { put(t, dir+"/x.conf", "mine") }, set,
			"changed by hand", "x.conf modified"},
		"listed, no header, changed, stale": {func(dir string) { put(t, dir+"/x.conf", "mine") }, set[:1],
			"changed by hand", "x.conf stale, limitgen.json modified"},
		"not listed, no header, in the way": {func(dir string) { put(t, dir+"/new.go", "package mine") },
			append(slices.Clone(set), File{"new.go", []byte(head)}), "not written by limitgen", "new.go modified, limitgen.json out of date"},
		"not listed, header":     {func(dir string) { put(t, dir+"/old.go", head) }, set, "", "old.go stale"},
		"header, CRLF":           {func(dir string) { put(t, dir+"/old.go", strings.ReplaceAll(head, "\n", "\r\n")) }, set, "", "old.go stale"},
		"header further down":    {func(dir string) { put(t, dir+"/doc.go", "\n"+head) }, set, "", ""},
		"not listed, no header":  {func(dir string) { put(t, dir+"/mine.go", "package x") }, set, "", ""},
		"a folder in the way":    {func(dir string) { _ = os.Remove(dir + "/client.go"); _ = os.Mkdir(dir+"/client.go", 0o777) }, set, "is a folder", "client.go modified"},
		"a link in the way":      {func(dir string) { _ = os.Remove(dir + "/client.go"); _ = os.Symlink("x.conf", dir+"/client.go") }, set, "symbolic link", "client.go modified"},
		"somebody's manifest":    {func(dir string) { put(t, dir+"/limitgen.json", `{"mine": 1}`) }, set, "not written by limitgen", "limitgen.json modified"},
		"an empty manifest":      {func(dir string) { put(t, dir+"/limitgen.json", "") }, set, "", "limitgen.json modified"},
		"a conflicted manifest":  {func(dir string) { put(t, dir+"/limitgen.json", "<<<<<<< ours\n"+Header) }, set, "", "limitgen.json modified"},
		"only line ends changed": {func(dir string) { put(t, dir+"/client.go", strings.ReplaceAll(head+"1", "\n", "\r\n")) }, set, "", "client.go modified"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, set)
			tt.arrange(dir)
			before := tree(t, dir)
			got := kinds(t, dir, tt.set)
			if name == "an empty manifest" || name == "a conflicted manifest" {
				// What it listed without a header is unknown now, but has the bytes that a run
				// writes.
				tt.kinds = "limitgen.json modified"
			}
			if tt.refused == "" || strings.HasPrefix(tt.kinds, "limitgen.json") {
				if got != tt.kinds {
					t.Errorf("drift %q, want %q", got, tt.kinds)
				}
			} else if !strings.HasPrefix(got, strings.Split(tt.kinds, ",")[0]) {
				t.Errorf("drift %q, want %q", got, tt.kinds)
			}
			if !maps.Equal(before, tree(t, dir)) {
				t.Error("looking changed something")
			}
			_, err := inspect(t, dir, tt.set).Write()
			if tt.refused == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got := kinds(t, dir, tt.set); got != "" {
					t.Error("drift after writing:", got)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.refused) {
				t.Errorf("error %v, want %q", err, tt.refused)
			}
			if !maps.Equal(before, tree(t, dir)) {
				t.Error("a refused run changed something")
			}
		})
	}
}

func TestFailedRunLeavesTheOldOutput(t *testing.T) {
	old := files("a.go", head+"1", "b.go", head+"1", "gone.go", head+"1")
	next := files("a.go", head+"2", "b.go", head+"2", "new.go", head+"2", "sub/n.go", head+"2")
	for fail := range 5 {
		dir := filepath.Join(t.TempDir(), "out")
		write(t, dir, old)
		before := tree(t, dir)
		p := inspect(t, dir, next)
		n := 0
		p.rename = func(root *os.Root, from, to string) error {
			if n++; n > fail {
				return errors.New("disk on fire")
			}
			return root.Rename(from, to)
		}
		if _, err := p.Write(); err == nil || !strings.Contains(err.Error(), "disk on fire") {
			t.Fatal(fail, err)
		}
		if after := tree(t, dir); !maps.Equal(before, after) {
			t.Errorf("failing at rename %d changed the output:\n%v\n%v", fail, before, after)
		}
	}
	t.Run("first run", func(t *testing.T) {
		base := t.TempDir()
		p := inspect(t, filepath.Join(base, "x", "y"), old)
		p.rename = func(*os.Root, string, string) error { return errors.New("no") }
		if _, err := p.Write(); err == nil {
			t.Fatal("no error")
		}
		if left := tree(t, base); len(left) != 1 {
			t.Error("left behind:", left)
		}
	})
}

func TestEditedManifestNeverReachesOutside(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "out")
	set := files("a.go", head)
	write(t, dir, set)
	put(t, base+"/victim.txt", "precious")
	put(t, base+"/elsewhere/v.txt", "precious")
	if err := os.Symlink("../elsewhere", dir+"/sub"); err != nil {
		t.Skip(err)
	}
	data, _ := os.ReadFile(dir + "/limitgen.json")
	edited := strings.Replace(string(data), `"files": {`, `"files": {"../victim.txt": "`+
		hash([]byte("precious"))+
		`", "sub/v.txt": "`+hash([]byte("precious"))+`",`, 1)
	put(t, dir+"/limitgen.json", edited)
	if got := kinds(t, dir, set); got != "limitgen.json modified" {
		t.Error(got)
	}
	write(t, dir, set)
	for _, name := range []string{"/victim.txt", "/elsewhere/v.txt"} {
		if _, err := os.Stat(base + name); err != nil {
			t.Error(err)
		}
	}
}

func TestModeIsKept(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, files("a.go", head+"1"))
	if err := os.Chmod(dir+"/a.go", 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, dir, files("a.go", head+"2"))
	info, err := os.Stat(dir + "/a.go")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
}

func TestNames(t *testing.T) {
	for _, bad := range []string{"", ".", "..", "/a", "../a", "a/../b", "a//b", "a/", `a\b`, "c:x", "CON", "nul.go", "a.", "a ", "a\x00", "x/com1.txt", "a?"} {
		if _, err := Inspect(t.TempDir(), files(bad, "x"), note("a run")); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	if _, err := Inspect(t.TempDir(), files("A.go", "", "a.go", ""), note("a run")); err == nil {
		t.Error("two names that differ by case were accepted")
	}
	if _, err := Inspect(t.TempDir(), files("Limitgen.JSON", ""), note("a run")); err == nil {
		t.Error("the manifest's name was accepted")
	}
}

// Edits of a manifest alone are edits; that it lags behind files which changed too is not.
func TestManifestEdits(t *testing.T) {
	dir := t.TempDir()
	set := files("a.go", head)
	write(t, dir, set)
	data, _ := os.ReadFile(dir + "/limitgen.json")
	for _, edit := range [][2]string{
		{`"note": "a run"`, `"note":  "a run"`},
		{`"note": "a run"`, `"note": "another"`},
		{`"files"`, `"extra": 1, "files"`},
		{hash([]byte(head)), hash([]byte("x"))},
		{"DO NOT EDIT", "please edit"},
		{`  }`, `}`},
	} {
		edited := strings.Replace(string(data), edit[0], edit[1], 1)
		if edited == string(data) {
			t.Fatalf("%q is not there", edit[0])
		}
		put(t, dir+"/limitgen.json", edited)
		if d := inspect(t, dir, set).Drift(); len(d) != 1 || d[0].Kind != Modified {
			t.Errorf("%q for %q: drift %v", edit[1], edit[0], d)
		}
	}
}

func TestFind(t *testing.T) {
	base := t.TempDir()
	write(t, base+"/gen/a", files("a.go", head, "sub/b.go", head))
	write(t, base+"/vendor/x/gen", files("a.go", head))
	put(t, base+"/gen/a/extra.go", head)     // spoken for: its own manifest's plan reports it
	put(t, base+"/gen/a/sub/extra.go", head) // so is this
	put(t, base+"/gen/b/lost.go", head)
	put(t, base+"/gen/b/doc.go", "package b // "+Header)
	found, err := Find(base)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(base, "gen/a")}; !slices.Equal(found.Dirs, want) {
		t.Error(found.Dirs)
	}
	if want := []string{filepath.Join(base, "gen/b/lost.go")}; !slices.Equal(found.Orphans, want) {
		t.Error(found.Orphans)
	}
	if _, err := Find(base + "/none"); err == nil {
		t.Error("a missing folder was accepted")
	}
}

func TestHasHeader(t *testing.T) {
	for text, want := range map[string]bool{
		"// " + Header: true, "# " + Header + "\nx": true, "-- " + Header + "\r\n": true, "<!-- " + Header + " -->\n<!doctype html>": true,
		Header: false, "\n# " + Header: false, "<!-- " + Header: false, "# " + Header + " ": false, "": false,
	} {
		if HasHeader([]byte(text)) != want {
			t.Errorf("%q", text)
		}
	}
}
