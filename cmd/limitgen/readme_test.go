package main

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of the README: its language, the file that it is or "", and its text.
type block struct{ language, file, text, before string }

var fence = regexp.MustCompile("(?ms)^(?:<!-- ([^\n]*) -->\n)?```([a-z]*) ?([^\n]*)\n(.*?)^```$")

// TestREADME does what the tour says, in its order: it writes the files, runs the commands and
// compares what they print, and compiles and runs the program. In output, … stands for any text,
// and alone on a line for any lines.
func TestREADME(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) {
		t.Helper()
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"spec/easemob.yaml", "spec/limitgen.yaml"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, data)
	}
	write("go.mod", []byte("module example.com/shop\n\ngo 1.25.0\n"))
	t.Chdir(dir)
	commands, programs := 0, 0
	for _, m := range fence.FindAllStringSubmatch(strings.ReplaceAll(string(readme), "\r\n", "\n"), -1) {
		b := block{before: m[1], language: m[2], file: m[3], text: m[4]}
		if b.before != "" {
			replaceInFile(t, b.before)
		}
		switch {
		case b.language == "console":
			commands++
			runBlock(t, b.text)
		case b.file != "":
			write(b.file, []byte(b.text))
		}
		if b.file == "main.go" {
			programs++
			compileAndRun(t)
		} else if strings.HasSuffix(b.file, ".go") {
			vet(t, "./"+filepath.ToSlash(filepath.Dir(b.file)))
		}
	}
	if commands < 6 || programs != 1 {
		t.Errorf("the README has %d commands and %d programs", commands, programs)
	}
}

// replaceInFile carries out a comment of the README: replace "OLD" "NEW" FILE, or FILE to COPY.
func replaceInFile(t *testing.T, comment string) {
	t.Helper()
	m := regexp.MustCompile(`^replace "([^"]+)" "([^"]+)" (\S+?)(?: to (\S+))?$`).FindStringSubmatch(comment)
	if m == nil {
		t.Fatalf("comment %q is not understood", comment)
	}
	data, err := os.ReadFile(m[3])
	if err != nil || !bytes.Contains(data, []byte(m[1])) {
		t.Fatalf("%s does not hold %q: %v", m[3], m[1], err)
	}
	to := cmp.Or(m[4], m[3])
	if err := os.WriteFile(to, bytes.ReplaceAll(data, []byte(m[1]), []byte(m[2])), 0o666); err != nil {
		t.Fatal(err)
	}
}

// runBlock runs the command on a block's first line and compares all that it prints with the other
// lines.
func runBlock(t *testing.T, text string) {
	t.Helper()
	first, want, _ := strings.Cut(text, "\n")
	words := strings.Fields(strings.TrimPrefix(first, "$ "))
	if len(words) == 0 || words[0] != "limitgen" {
		t.Errorf("%q is not run", first)
		return
	}
	var out bytes.Buffer
	run(words[1:], strings.NewReader(""), &out, &out)
	pattern := regexp.QuoteMeta(want)
	pattern = regexp.MustCompile(`(?m)^…\n`).ReplaceAllString(pattern, `(?:.*\n)*?`)
	pattern = strings.ReplaceAll(pattern, "…", ".*")
	if !regexp.MustCompile(`^` + pattern + `$`).MatchString(out.String()) {
		t.Errorf("%s prints\n%sand the README says\n%s", first, out.String(), want)
	}
}

func compileAndRun(t *testing.T) {
	t.Helper()
	if testing.Short() {
		vet(t, ".")
		return
	}
	program := exec.Command("go", "run", ".")
	program.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
	if out, err := program.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

func vet(t *testing.T, name string) {
	t.Helper()
	vet := exec.Command("go", "vet", name)
	vet.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
	if out, err := vet.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
