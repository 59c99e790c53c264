package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run is one of each kind of flag.
type run struct {
	spec, out, name, note string
	emit, over            []string
	keys                  int
	loose                 bool
	args                  Arguments
}

func newRun(out string) *run {
	r := &run{name: "folder", emit: []string{"client"}, keys: 10}
	spec, folder := Path("spec", "", &r.spec, &r.out), Path("out", "", &r.out, &r.out)
	spec.Always, folder.Unrecorded = true, true
	name, note := Text("name", "", &r.name), Text("a-note", "", &r.note)
	name.Always, name.Implied = true, func() string { return "folder" }
	r.args = Arguments{spec, folder, name, note, Paths("over", "", &r.over, &r.out), List("emit", "", &r.emit), Number("keys", "", &r.keys), Switch("loose", "", &r.loose)}
	r.out = out
	return r
}

// What is read off a command line is recorded, read back and spelt as the same command line, seen
// from another folder.
func TestFlagsComeBack(t *testing.T) {
	for _, tt := range []struct {
		set             func(r *run)
		recorded, again string
	}{
		{func(r *run) {}, `{"spec":"../../api.yaml","name":"folder"}`, "--spec ../api.yaml --out ../gen/x"},
		{
			func(r *run) { r.spec, r.loose = Stdin, true },
			`{"spec":"-","name":"folder","loose":true}`, "--spec - --out ../gen/x --loose",
		},
		{
			func(r *run) { r.name, r.note, r.emit, r.keys = "b", "<&>", []string{"b", "a"}, 3 },
			`{"spec":"../../api.yaml","name":"b","a_note":"<&>","emit":["b","a"],"keys":3}`,
			"--spec ../api.yaml --out ../gen/x --name b --a-note <&> --emit b,a --keys 3",
		},
		{
			func(r *run) { r.over = []string{"b.yaml", "-a.yaml"} },
			`{"spec":"../../api.yaml","name":"folder","over":["../../b.yaml","../../-a.yaml"]}`,
			"--spec ../api.yaml --out ../gen/x --over ../b.yaml --over ../-a.yaml",
		},
		{func(r *run) { r.spec = "-api.yaml" }, `{"spec":"../../-api.yaml","name":"folder"}`, "--spec ../-api.yaml --out ../gen/x"},
	} {
		dir := t.TempDir()
		t.Chdir(dir)
		r := newRun("gen/x")
		r.spec = "api.yaml"
		tt.set(r)
		data, err := r.args.MarshalJSON()
		if err != nil || string(data) != tt.recorded {
			t.Errorf("recorded %s, %v", data, err)
		}
		if err := os.MkdirAll(filepath.Join(dir, "other"), 0o777); err != nil {
			t.Fatal(err)
		}
		t.Chdir(filepath.Join(dir, "other"))
		back := newRun("../gen/x")
		if err := back.args.UnmarshalJSON(data); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(back.args.Words(), " "); got != tt.again {
			t.Errorf("again %s", got)
		}
		if again, err := back.args.MarshalJSON(); err != nil || string(again) != tt.recorded {
			t.Errorf("recorded again %s, %v", again, err)
		}
	}
}

func TestMalformedArguments(t *testing.T) {
	for text, want := range map[string]string{
		`{"name":"x"}`:                        "arguments are incomplete",
		`{"spec":"","name":"x"}`:              "arguments are incomplete",
		`{"spec":"a","name":""}`:              "arguments are incomplete",
		`{"spec":"a","name":"x","keys":"1"}`:  "arguments: keys: json: cannot unmarshal string",
		`{"spec":"a","name":"x","emit":"c"}`:  "arguments: emit: json: cannot unmarshal string",
		`{"spec":[],"name":"x"}`:              "arguments: spec: json: cannot unmarshal array",
		`{"spec":"a","name":"x","a_note":{}}`: "arguments: a_note: json: cannot unmarshal object",
		`{"spec":"a","name":"x","over":[1]}`:  "arguments: over: json: cannot unmarshal number",
		`[]`:                                  "json: cannot unmarshal array",
		``:                                    "unexpected end of JSON input",
	} {
		if err := newRun("out").args.UnmarshalJSON([]byte(text)); err == nil ||
			!strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// check repeats a run with what the manifest records; no edit survives that.
func TestEditsDoNotSurvive(t *testing.T) {
	hash := HashSpec([]byte("spec"))
	r := newRun("out")
	r.spec = "api.yaml"
	m := &Manifest{Arguments: r.args, SpecSHA256: hash, OverlaySHA256: []string{hash}, Version: "v1.2.3"}
	data, err := m.Encode(map[string]string{"a.go": hash})
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range [][2]string{
		{`"name": "folder"`, `"name":  "folder"`},
		{`"files"`, `"extra": 1, "files"`},
		{`"name"`, `"extra": 1, "name"`},
		{`"../api.yaml"`, `"../x/../api.yaml"`},
		{`"spec_sha256": "`, `"spec_sha256": "x`},
		{`"overlay_sha256": [`, `"overlay_sha256": [ "x",`},
		{"DO NOT EDIT", "please edit"},
		{"v1.2.3", "v1.2.3-dirty"},
		{"}\n", "}"},
	} {
		edited := strings.Replace(string(data), edit[0], edit[1], 1)
		if edited == string(data) {
			t.Fatalf("%q is not there", edit[0])
		}
		back := &Manifest{Arguments: newRun("out").args}
		if err := back.Parse([]byte(edited)); err != nil {
			t.Fatal(edit, err)
		}
		if again, err := back.Encode(map[string]string{"a.go": hash}); err != nil || string(again) == edited {
			t.Errorf("%q for %q survives, %v", edit[1], edit[0], err)
		}
	}
	if again, err := m.Respell(data); err != nil || string(again) != string(data) {
		t.Errorf("spelt again, %v:\n%s", err, again)
	}
}

func TestReleases(t *testing.T) {
	if IsRelease("v1.2.3-0.20260101000000-abcdefabcdef") || IsRelease("(devel)") ||
		IsRelease("v1.2.3+dirty") || !IsRelease("v1.2.3") {
		t.Error("IsRelease")
	}
	if HashSpec([]byte("a\r\nb")) != HashSpec([]byte("a\nb")) {
		t.Error("CRLF counts")
	}
}
