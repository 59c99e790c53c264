// Package module makes a Go module of generated packages and one program that drives them all.
package module

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/limitgen/limitgen/cmd/internal/corpus/drive"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit"
)

// Path is the module's, below which generated packages find the run-time.
const Path = "corpus"

// New writes what all packages share into a folder: go.mod, the run-time and the driver.
func New(dir string) error {
	files := map[string][]byte{"go.mod": []byte("module " + Path + "\n\ngo 1.25.0\n")}
	for _, f := range emit.Runtime(Path, []string{"rest"}) {
		files[f.Name] = f.Data
	}
	entries, err := drive.Source.ReadDir(".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if files["drive/"+e.Name()], err = drive.Source.ReadFile(e.Name()); err != nil {
			return err
		}
	}
	return write(dir, files)
}

// Add writes a generated package, with the file that drives it. The package was generated with Path
// as its run-time's.
func Add(dir, name string, result *generator.Result) error {
	files, own := make(map[string][]byte), make(map[string][]byte)
	for _, f := range result.Files {
		files[name+"/"+f.Name], own[f.Name] = f.Data, f.Data
	}
	data, err := driven(result.API, own)
	if err != nil {
		return err
	}
	files[name+"/drive.go"] = data
	return write(dir, files)
}

func write(dir string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Run compiles one program that does the work of all packages, by their names.
func Run(dir string, work map[string]drive.Work) (map[string]drive.Found, error) {
	names := slices.Sorted(maps.Keys(work))
	var out bytes.Buffer
	out.WriteString("package main\n\nimport (\n\"encoding/json\"\n\"fmt\"\n\"os\"\n\n\"corpus/drive\"\n")
	for _, n := range names {
		fmt.Fprintf(&out, "%s \"corpus/%s\"\n", n, n)
	}
	out.WriteString(`)

func main() {
	var work map[string]drive.Work
	if err := json.NewDecoder(os.Stdin).Decode(&work); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	all := make(map[string]drive.Found)
	for name, run := range map[string]func(drive.Work) (drive.Found, error){
`)
	for _, n := range names {
		fmt.Fprintf(&out, "%q: %s.DriveCalls,\n", n, n)
	}
	out.WriteString(`	} {
		found, err := run(work[name])
		if err != nil {
			found.Err = err.Error()
		}
		all[name] = found
	}
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		os.Exit(1)
	}
}
`)
	if err := write(dir, map[string][]byte{"all/main.go": out.Bytes()}); err != nil {
		return nil, err
	}
	input, err := json.Marshal(work)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "run", "-trimpath", "./all") // what was built in another folder is built
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, bytes.NewReader(input), os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	found := make(map[string]drive.Found)
	return found, json.Unmarshal(text, &found)
}
