package neutral_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"os/exec"
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// operation is what the tests read of one in limits.json.
type operation struct {
	ID         string   `json:"id"`
	Method     string   `json:"method"`
	Pattern    string   `json:"pattern"`
	Parameters []string `json:"parameters"`
	Use        []any    `json:"use"`
}

func operationsOf(t testing.TB, spec []byte) []operation {
	t.Helper()
	var doc struct {
		Operations []operation `json:"operations"`
	}
	if err := json.Unmarshal(emit(t, "api.yaml", spec)["limits.json"], &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Operations
}

// canonical does to a request's target what the schema's description of pattern says; ok is false
// when it is to be refused.
func canonical(target string) (out string, ok bool) {
	target, _, _ = strings.Cut(strings.TrimPrefix(target, "http://api.test"), "?")
	if regexp.MustCompile(`(?i)%2f|%5c|%00`).MatchString(target) {
		return "", false
	}
	decoded, err := url.PathUnescape(target)
	if err != nil || strings.ContainsAny(decoded, "\\\x00") {
		return "", false
	}
	// A ";" that is encoded is part of its value.
	segments := strings.Split(target, "/")
	for i, s := range segments {
		s, _, parameter := strings.Cut(s, ";")
		if plain, _ := url.PathUnescape(s); parameter && (plain == "" || plain == "." || plain == "..") {
			return "", false
		}
		segments[i], _ = url.PathUnescape(s)
	}
	return path.Clean("/" + strings.Join(segments, "/")), true
}

func match(ops []operation, method, path string) string {
	for _, try := range []string{method, map[string]string{"HEAD": "GET"}[method]} {
		for _, op := range ops {
			if op.Method == try && regexp.MustCompile(op.Pattern).MatchString(path) {
				if len(op.Use) == 0 {
					return "-"
				}
				return op.ID
			}
		}
	}
	return "-"
}

// TestFirstMatchIsTheOperation finds the operations of the spellings that all gateways are tested
// with.
func TestFirstMatchIsTheOperation(t *testing.T) {
	ops := operationsOf(t, read(t, specs+"/paths/api.yaml"))
	lines := 0
	for line := range strings.Lines(string(read(t, specs+"/paths/requests.tsv"))) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || cells[0] == "method" {
			continue
		}
		lines++
		got := "refused"
		if path, ok := canonical(strings.NewReplacer("%ORG", "%6f%72g", "ORG", "org").Replace(cells[1])); ok {
			got = match(ops, strings.ToUpper(cells[0]), path)
		}
		if got != strings.TrimSuffix(cells[3], " or refused") {
			t.Errorf("%s %s is %s, want %s", cells[0], cells[1], got, cells[3])
		}
	}
	if lines < 40 {
		t.Errorf("only %d lines", lines)
	}
}

// engines are programs that read a JSON array of [pattern, path] and print, for each, the array of
// the groups or null.
var engines = map[string][]string{
	"python3": {"-c", `
import json, re, sys
print(json.dumps([(lambda m: list(m.groups()) if m else None)(re.search(p, s)) for p, s in json.load(sys.stdin)]))`},
	"node": {"-e", `
const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
const groups = (flags) => pairs.map(([p, s]) => { const m = new RegExp(p, flags).exec(s); return m && m.slice(1); });
if (JSON.stringify(groups("")) !== JSON.stringify(groups("u"))) throw new Error("the flag u makes a difference");
console.log(JSON.stringify(groups("")));`},
	"perl": {"-MJSON::PP", "-e", `
local $/; binmode STDOUT;
my @out = map { my ($p, $s) = @$_; $s =~ /$p/ ? [map { substr($s, $-[$_], $+[$_] - $-[$_]) } 1 .. $#+] : undef } @{decode_json(<STDIN>)};
print encode_json(\@out);`},
}

// TestEnginesAgree matches the same paths with several engines of regular expressions.
func TestEnginesAgree(t *testing.T) {
	spec := `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /a.b/{x}: {get: {responses: {"200": {description: ok}}}}
  /a-b+c*(d)[e]^$|/{x}.json: {get: {responses: {"200": {description: ok}}}}
  /v{x}-{y}~{z}: {get: {responses: {"200": {description: ok}}}}
  /消息/ſK/{x}: {get: {responses: {"200": {description: ok}}}}
  /"q'#&@!=,:<>/{x}: {get: {responses: {"200": {description: ok}}}}
  /: {get: {responses: {"200": {description: ok}}}}
`
	ops := append(operationsOf(t, []byte(spec)), operationsOf(t, read(t, encoded))...)
	paths := []string{
		"/", "/a.b/x", "/A.B/x", "/axb/x", "/a-b+c*(d)[e]^$|/x.json", "/a-b+c*(d)[e]^$|/.json", "/a-b+c*(d)[e]^$|/x.json.json", "/v1-2~3", "/V1-2-3~4~5", "/v-~",
		"/消息/ſK/x", "/消息/sk/x", "/消息/\u017f\u212a/x", `/"q'#&@!=,:<>/y`, "/消息/ſk/消息", "/a.b/x\ny", "/a.b/x\u2028y", "/a.b/\U0001f600",
		"/org/app/users", "/org/app/Users", "/org/app/users/ann", "/org/app/userſ", "/org/app/chatrooms/super_admin/ban", "/org/app/chatmessages/2022080412",
	}
	random := rand.New(rand.NewPCG(3, 4))
	const letters = "abv.-~/\"#消ſKusers"
	for range 300 {
		var b strings.Builder
		for range 1 + random.IntN(14) {
			all := []rune(letters)
			b.WriteRune(all[random.IntN(len(all))])
		}
		paths = append(paths, "/"+b.String())
	}
	var pairs [][2]string
	var want [][]string
	matched := 0
	for _, op := range ops {
		re := regexp.MustCompile(op.Pattern)
		for _, p := range paths {
			m := re.FindStringSubmatch(p)
			if m != nil {
				if m = m[1:]; len(m) != len(op.Parameters) {
					t.Fatalf("%s has %d groups, want %v", op.Pattern, len(m), op.Parameters)
				}
				matched++
			}
			pairs, want = append(pairs, [2]string{op.Pattern, p}), append(want, m)
		}
	}
	if matched < 20 {
		t.Errorf("only %d matches", matched)
	}
	input, err := json.Marshal(pairs)
	if err != nil {
		t.Fatal(err)
	}
	for program, args := range engines {
		t.Run(program, func(t *testing.T) {
			cmd := exec.Command(program, args...)
			if cmd.Err != nil {
				t.Skip(cmd.Err)
			}
			var complaints bytes.Buffer
			cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &complaints
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, complaints.String())
			}
			var got [][]string
			if err := json.Unmarshal(out, &got); err != nil || len(got) != len(want) {
				t.Fatalf("%v, %d answers, want %d", err, len(got), len(want))
			}
			for i := range want {
				if !reflect.DeepEqual(got[i], want[i]) {
					t.Errorf("%s on %q gives %q, want %q", pairs[i][0], pairs[i][1], got[i], want[i])
				}
			}
		})
	}
}
