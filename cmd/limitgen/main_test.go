package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/templates"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"limitgen": func() {
		if version := os.Getenv("SMALL_RUNTIME"); version != "" {
			templates.Packages = func() []templates.Package { return smallRuntime(version) }
		}
		main()
	}})
}

// smallRuntime stands for the run-time in scripts about where its packages are put, of which the
// version is in each file.
func smallRuntime(version string) []templates.Package {
	file := func(name, pkg, imports string) templates.File {
		return templates.File{Name: name, Body: []byte("// Package " + pkg + " has version " + version + ".\npackage " + pkg + "\n" + imports)}
	}
	limits := "\nimport _ \"" + templates.Path + "ratelimit\"\n"
	return []templates.Package{
		{Name: "ratelimit", Files: []templates.File{file("doc.go", "ratelimit", ""), file("limit.go", "ratelimit", ""), file("pacer.go", "ratelimit", "")}},
		{Name: "redisstore", Files: []templates.File{file("doc.go", "redisstore", limits)}},
		{Name: "rest", Files: []templates.File{file("doc.go", "rest", limits)}},
		{Name: "slogobserver", Files: []templates.File{file("doc.go", "slogobserver", limits)}},
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   filepath.Join("testdata", "script"),
		Setup: setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     cmdExits,
			"snapshot":  cmdSnapshot,
			"unchanged": cmdUnchanged,
			"replace":   cmdReplace,
			"day":       cmdDay,
			"port":      cmdPort,
			"ask":       cmdAsk,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "", // rewrites what cmp compares with
	})
}

// setup lets scripts run the go command offline, with what this test was built from, and gives
// those that bring no module one.
func setup(env *testscript.Env) error {
	mod := filepath.Join(env.WorkDir, "go.mod")
	if _, err := os.Stat(mod); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(mod, []byte("module example.com/work\n\ngo 1.25\n"), 0o644); err != nil {
			return err
		}
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return err
	}
	env.Setenv("REPO", root)
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOROOT"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return err
		}
		env.Setenv(name, strings.TrimSpace(string(out)))
	}
	env.Setenv("GOPROXY", "off")
	env.Setenv("GOFLAGS", os.Getenv("GOFLAGS"))
	env.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	return nil
}

// cmdExits runs a command that must end with a code: exits 2 limitgen check.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// cmdSnapshot remembers every file below a folder, with its time; unchanged compares.
func cmdSnapshot(ts *testscript.TestScript, _ bool, args []string) {
	snapshots.Store(ts.Name()+" "+args[0], tree(ts, args[0]))
}

func cmdUnchanged(ts *testscript.TestScript, neg bool, args []string) {
	before, _ := snapshots.Load(ts.Name() + " " + args[0])
	if same := before == tree(ts, args[0]); same == neg {
		ts.Fatalf("%s: unchanged is %v", args[0], same)
	}
}

// snapshots are by script and folder, because scripts run side by side.
var snapshots sync.Map

func tree(ts *testscript.TestScript, dir string) string {
	var b strings.Builder
	err := filepath.WalkDir(ts.MkAbs(dir), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		fmt.Fprintf(&b, "%s %s\n%s\n", name, info.ModTime().Format(time.RFC3339Nano), data)
		return err
	})
	ts.Check(err)
	return b.String()
}

// cmdDay names a day: day NAME DAYS sets an environment variable to the day that many days from
// now, for arguments of other commands.
func cmdDay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: day NAME DAYS")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Setenv(args[0], time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly))
}

// cmdPort sets an environment variable to a port that is free.
func cmdPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	l, err := net.Listen("tcp", "localhost:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(errors.Join(err, l.Close()))
	ts.Setenv(args[0], port)
}

// cmdAsk sends a request to a server that may not listen yet: ask STATUS METHOD URL NAME=VALUE...
// The answer's headers and body are the script's stdout.
func cmdAsk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: ask STATUS METHOD URL NAME=VALUE...")
	}
	req, err := http.NewRequest(args[1], args[2], nil)
	ts.Check(err)
	for _, field := range args[3:] {
		name, value, _ := strings.Cut(field, "=")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	for range 1200 {
		if err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
		res, err = http.DefaultClient.Do(req)
	}
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	if strconv.Itoa(res.StatusCode) != args[0] {
		ts.Fatalf("status %d, want %s: %s", res.StatusCode, args[0], body)
	}
	var header strings.Builder
	ts.Check(res.Header.Write(&header))
	text := strings.NewReplacer("Ratelimit", "RateLimit").Replace(header.String())
	fmt.Fprintf(ts.Stdout(), "%s\n%s\n", strings.ReplaceAll(text, "\r", ""), body)
}

// cmdReplace edits a file: replace OLD NEW FILE. \n in OLD and NEW is a newline.
func cmdReplace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace OLD NEW FILE")
	}
	lines := strings.NewReplacer(`\n`, "\n")
	old, next, name := lines.Replace(args[0]), lines.Replace(args[1]), ts.MkAbs(args[2])
	data := ts.ReadFile(name)
	if !strings.Contains(data, old) {
		ts.Fatalf("%s does not hold %q", args[2], old)
	}
	ts.Check(os.WriteFile(name, []byte(strings.ReplaceAll(data, old, next)), 0o666))
}

func TestHelp(t *testing.T) {
	for _, v := range verbs() {
		var out, errs bytes.Buffer
		if code := run([]string{v.name, "--help"}, nil, &out, &errs); code != 0 || errs.Len() > 0 {
			t.Errorf("%s --help: code %d, %s", v.name, code, errs.String())
		}
		text := out.String()
		// A screen holds it; list's has the flags of gateways, and generate's a line for each flag,
		// target and package beside the output, too.
		most := 32
		switch v.name {
		case "list":
			most = 36
		case "generate":
			most = 60 + len(emits) + len(emit.Companions())
		}
		if n := strings.Count(text, "\n"); n > most {
			t.Errorf("%s --help has %d lines", v.name, n)
		}
		_, examples, _ := strings.Cut(text, "\nExamples:\n")
		examples, codes, _ := strings.Cut(examples, "\n\n")
		if n := strings.Count(examples+"\n", "\n"); n != 3 {
			t.Errorf("%s --help has %d examples", v.name, n)
		}
		if !strings.HasPrefix(codes, "Exit codes: 0 ") {
			t.Errorf("%s --help ends in %q", v.name, codes)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if len(line) > 100 {
				t.Errorf("%s --help: long line %q", v.name, line)
			}
		}
	}
}

func TestPackageFor(t *testing.T) {
	for dir, want := range map[string]string{
		"gen/chat": "chat", "Chat-API.v2": "chatapiv2", "2024": "api2024", "type": "typeapi", "main": "mainapi",
		"init": "initapi", "my_pkg": "mypkg", "---": "api", "/": "api", "聊天": "聊天",
	} {
		if got, err := packageFor(dir); err != nil || got != want || validPackage(got) != nil {
			t.Errorf("%s: %q, %v", dir, got, err)
		}
	}
}

func TestQuote(t *testing.T) {
	if got := command("a", "", "b c", "it's", "$x", "gen/a.b"); got != `a '' 'b c' 'it'\''s' '$x' gen/a.b` {
		t.Error(got)
	}
	if got := command("a\x1b[31m\n'é"); got != `$'a\x1b[31m\x0a\'\xc3\xa9'` {
		t.Error(got)
	}
	if got := command("é b"); got != "'é b'" {
		t.Error(got)
	}
	if manifest.Word("-x") != "./-x" {
		t.Error(manifest.Word("-x"))
	}
}
