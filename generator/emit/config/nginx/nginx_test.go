package nginx

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// load reads a spec as the generator does.
func load(t testing.TB, name string, data []byte) *config.Input {
	t.Helper()
	doc, diags := source.Load(name, data, nil)
	if doc == nil || diags.HasErrors() {
		t.Fatal(diags)
	}
	a := analyze.Document(doc, analyze.Options{Package: "api", Source: filepath.Base(name)})
	if a.Found.HasErrors() {
		t.Fatal(a.Found)
	}
	return config.NewInput(a.API)
}

func read(t testing.TB, name string) *config.Input {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return load(t, name, data)
}

// TestGolden renders small specs of every shape. testdata/NAME holds what is written, and its gaps.
func TestGolden(t *testing.T) {
	for _, name := range []string{"alike", "costs", "keys", "pools", "several-limits", "templates", "variants", "concurrency"} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, read(t, "../../../../spec/valid/"+name+".yaml"), config.Defaults())
		})
	}
	t.Run("paths", func(t *testing.T) { golden(t, "paths", read(t, "../../../../spec/paths/api.yaml"), config.Defaults()) })
	t.Run("hostile", func(t *testing.T) { golden(t, "hostile", read(t, "testdata/hostile.yaml"), config.Defaults()) })
	for _, mode := range []string{"strict", "queue"} {
		t.Run(mode, func(t *testing.T) {
			o := config.Defaults()
			o.NginxMode = mode
			golden(t, mode, read(t, "../../../../spec/valid/windows.yaml"), o)
		})
	}
}

func golden(t *testing.T, name string, in *config.Input, o config.Options) {
	t.Helper()
	dir := filepath.Join("testdata", name)
	target := Target()
	files, err := target.Render(in, o)
	if err != nil {
		t.Fatal(err)
	}
	var gaps strings.Builder
	for _, g := range config.Merge(target.Gaps(in, o)) {
		gaps.WriteString(g.String() + "\n")
	}
	files = append(files[:2], config.File{Name: "gaps.txt", Data: []byte(gaps.String())})
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if *update {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(f.Data) {
			t.Errorf("%s differs from what is rendered; see it with -update and git diff", path)
		}
	}
}

// TestBuckets checks that no rate is faster than its limit, and what the modes promise.
func TestBuckets(t *testing.T) {
	for _, c := range []struct {
		quota, seconds int64
		mode           string
		rate, burst    string
		exact          bool
	}{
		{100, 1, "capacity", "100r/s", " burst=99 nodelay", true},
		{100, 1, "queue", "100r/s", " burst=99", true},
		{100, 1, "strict", "90r/s", " burst=9 nodelay", true},
		{10, 10, "capacity", "1r/s", " burst=9 nodelay", true},
		{10, 60, "capacity", "10r/m", " burst=9 nodelay", true},
		{10, 60, "strict", "9r/m", "", true},
		{6000, 60, "strict", "90r/s", " burst=599 nodelay", true},
		{1, 1, "strict", "59r/m", "", true},
		{1, 60, "capacity", "1r/m", "", true},
		{1, 60, "strict", "1r/m", "", true},
		{100, 3600, "capacity", "1r/m", " burst=99 nodelay", false},
		{20, 1800, "capacity", "", " burst=19 nodelay", false},
		{30, 7, "capacity", "257r/m", " burst=29 nodelay", false},
	} {
		l := &model.Limit{Quota: c.quota, Seconds: c.seconds}
		b := newBucket(l, 1, c.mode)
		if b.rate != c.rate || b.parameters(c.mode) != c.burst || b.rate != "" && b.exact != c.exact {
			t.Errorf("%d in %d s, %s: %q%s, exact %v", c.quota, c.seconds, c.mode, b.rate,
				b.parameters(c.mode), b.exact)
		}
	}
}

// TestStrictNeverAbove goes through small quotas and windows: in strict mode the bucket and what
// the rate adds in a window are never more than the quota, and in every mode the rate alone is not.
func TestStrictNeverAbove(t *testing.T) {
	for quota := int64(1); quota <= 400; quota++ {
		for _, seconds := range []int64{1, 2, 3, 7, 10, 59, 60, 61, 300, 3600} {
			l := &model.Limit{Quota: quota, Seconds: seconds}
			if b := newBucket(l, 1, "strict"); b.rate != "" && b.size+b.perWindow(seconds) > quota {
				t.Errorf("%d in %d s: %+v", quota, seconds, b)
			}
			if b := newBucket(l, 1, "capacity"); b.rate != "" &&
				(b.perWindow(seconds) > quota || b.size != quota) {
				t.Errorf("%d in %d s: %+v", quota, seconds, b)
			}
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		`a`: `"a"`, `a"b`: `"a\"b"`, "a\nb\tc\r": `"a\nb\tc\r"`, `^\.$`: `"^\.$"`, `\t`: `"\\t"`, `a\`: `"a\\"`, `\\`: `"\\\\"`, `\"`: `"\\\""`, "$x {;}#": `"$x {;}#"`,
	} {
		if got := quote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// TestStyledValue says of what a parameter's style puts before a value that it is cut off, and of a
// default that it is taken.
func TestStyledValue(t *testing.T) {
	in := load(t, "api.yaml", []byte(`openapi: 3.0.3
info: {title: Styled, version: "1"}
x-rate-limits:
  version: 1
  keys: {item: [$request.path.item]}
  limits: {items: {quota: 60, window: 1m, per: [item]}}
paths:
  /items/{item}:
    get:
      x-rate-limit: items
      parameters: [{name: item, in: path, required: true, style: label, schema: {type: string}}]
      responses: {"200": {description: ok}, "429": {description: too many}}
`))
	files, err := Target().Render(in, config.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, f := range files {
		text += string(f.Data)
	}
	if !strings.Contains(text, "# What its style puts before a value is no part of it.\n") ||
		strings.Contains(text, "The default is taken") {
		t.Error(text)
	}
}
