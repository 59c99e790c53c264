package front

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	luafilter "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/lua/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
)

// source returns the Lua of the committed configuration.
func source(t testing.TB) string {
	t.Helper()
	return luaOf(t, "../../../../gen/easemob/config/envoy/example.yaml")
}

func luaOf(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	manager, filter := &hcm.HttpConnectionManager{}, &luafilter.Lua{}
	if err := b.GetStaticResources().GetListeners()[0].GetFilterChains()[0].GetFilters()[0].GetTypedConfig().UnmarshalTo(manager); err != nil {
		t.Fatal(err)
	}
	if err := manager.GetHttpFilters()[0].GetTypedConfig().UnmarshalTo(filter); err != nil {
		t.Fatal(err)
	}
	return filter.GetDefaultSourceCode().GetInlineString()
}

// decide runs the script on one request and gives what luajit.lua prints.
func decide(t testing.TB, s *script, method, path, body string) string {
	t.Helper()
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	x := &exchange{r: r, path: path, metadata: map[string]any{}}
	a, err := s.run(x)
	if err != nil {
		t.Fatalf("%s %q %q: %v", method, path, body, err)
	}
	if a != nil {
		return fmt.Sprint(a.status)
	}
	var parts []string
	for _, fields := range x.metadata { // of one API
		for name, charge := range fields.(map[string]any) {
			c := charge.(map[string]any)
			operation, _ := c["operation"].(string)
			key, _ := c["key"].(string)
			parts = append(parts, fmt.Sprintf("%s %s %s %v", name, operation, key, c["cost"]))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ";")
}

// FuzzCount compares the count of recipients with what encoding/json finds. What is counted must be
// JSON with so many recipients; what is refused must be something else, or have too many, or names
// that parsers take for each other.
func FuzzCount(f *testing.F) {
	for _, body := range []string{
		``, ` `, `{}`, `[]`, `{"to":["a"]}`, `{"to":["a","b\",\"c"],"x":{"to":[1,2]}}`, `{"t\u006f":[1,[2,3],{"to":4}]}`, `{"to":null}`, `{"to":"a,b"}`,
		`{"to":[1],"To":2}`, `{"to":[1],"to":[2]}`, `{"to":[1.5e-3,-0,true,false,null,"\ud83d\ude00\u0000"]}`, `{"to":[01]}`, `{"to":[1,]}`, `{"to":["\x"]}`,
		"{\"to\":[\"\x7f\xff\"]}", "{\"to\":[\"\x1f\"]}", `{"to":[]}x`, `nul`, `"\u12"`, `{"to":[-]}`, `{"to":[1.]}`, `{"to":[1e]}`, "\ufeff{}", `{"":{"to":[1]},"to":[1,2]}`, `{"to`, `{"to":[{"to":[1,2,3]}]}`,
	} {
		f.Add(body)
	}
	s, err := newScript(source(f), 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := decide(t, s, "POST", "/o/a/messages/users", body)
		want, certain := recipients(body)
		if want = "messages-users  /o/a " + want; !certain && got == "400" {
			return
		} else if strings.HasSuffix(want, " 400") {
			want = "400"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	})
}

// recipients counts by encoding/json; "400" is for invalid JSON or too many. It is not certain
// where a name occurs twice or in other letters, or where the nesting is deep.
func recipients(body string) (string, bool) {
	if strings.Trim(body, " \t\r\n") == "" {
		return "1", true
	}
	if !json.Valid([]byte(body)) {
		return "400", true
	}
	certain := strings.Count(body, "[")+strings.Count(body, "{") < 150
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &object) != nil {
		return "1", certain
	}
	var items []json.RawMessage
	_ = json.Unmarshal(object["to"], &items)
	if certain = certain && plainly(body); len(items) > 600 {
		return "400", certain
	}
	return fmt.Sprint(max(1, len(items))), certain
}

// plainly reports whether no name of an object could be taken for "to", save one that is.
func plainly(body string) bool {
	d := json.NewDecoder(strings.NewReader(body))
	_, _ = d.Token()
	n := 0
	for d.More() {
		name, _ := d.Token()
		if name == "to" {
			n++
		} else if strings.EqualFold(name.(string), "to") {
			return false
		}
		var skip json.RawMessage
		_ = d.Decode(&skip)
	}
	return n <= 1
}

type request struct{ method, path, body string }

// TestLuaJIT runs scripts in the interpreter that Envoy has, and compares. It prints what a request
// costs there.
func TestLuaJIT(t *testing.T) {
	jit := harness.Need(t, "luajit")
	var requests []request
	for _, path := range []string{
		"/o/a/users", "/o/a/users/ann?x=/y", "//o/./a/%75sers/", "/o/a/USERS;x", "/o/a/users/%2e%2e", "/o/a/users/a%2fb", "/o/a/users/%zz", "/o/%ff%0a_/users", "*", "/", "/o/a/x/../users",
		"/o/a/chatrooms/super_admin/ban", "/o/a/users/..;/x", "/o/a/users/a,b,c", "/é/ü/users", "/o/a/metadata/user/capacity", "relative", "/o/a/users#x", `/o/a\users`,
	} {
		for _, method := range []string{"GET", "POST", "DELETE", "HEAD"} {
			requests = append(requests, request{method, path, ""})
		}
	}
	for _, body := range []string{
		`{"to":["a","\u00e9\ud83d\ude00",{"to":[1,2]}]}`, "{\"to\":[\"\x7f\"]}", "{\"to\":[\"\x00\"]}", "{\"\x00to\":[1,2]}", `{"t\u006f":[1,2,3]}`, `{"tO":[1]}`, `{"to":[1e9,-0.5E+3]}`, `nonsense`, `[[[[[]]]]]`,
		strings.Repeat("[", 199) + strings.Repeat("]", 199), strings.Repeat("[", 250) + strings.Repeat("]", 250), `{"to":[` + strings.Repeat("1,", 600) + `1]}`, "{\"\u017fo\":1,\"to\":[1]}",
	} {
		requests = append(requests, request{"POST", "/o/a/messages/users", body})
	}
	table := source(t)
	jitted(t, jit, table, requests, false)
	shapes := luaOf(t, filepath.Join(harness.Generate(t, "../testdata/envoy.yaml", "envoy"), "example.yaml"))
	jitted(t, jit, shapes, []request{
		{"GET", "/token?api_key=" + strings.Repeat("k", 300), ""}, {"GET", "/token", ""}, {"DELETE", "/list/a,b;c,d%2Ce", ""}, {"GET", "/query?ids=a,b&%69ds=c+d&ids", ""},
		{"POST", "/deep", `{"a/b":[{"to":[1,2]}]}`}, {"POST", "/vary", "[]"}, {"POST", "/vary", "{}"}, {"POST", "/vary", "1"}, {"POST", "/box", `{"box":{"name":"\u00e9/_"}}`}, {"GET", "/page?page=%C3%A9+x", ""},
	}, false)
	long := `{"from":"admin","type":"txt","body":{"msg":"hello"},"to":[` + strings.Repeat(`"recipient",`, 99) + `"last"]}`
	jitted(t, jit, table, []request{{"GET", "/o/a/users", ""}}, true)
	jitted(t, jit, table, []request{{"POST", "/o/a/messages/users", long}}, true)
	jitted(t, jit, shapes, []request{{"GET", "/token?api_key=" + strings.Repeat("k", 40), ""}}, true)
}

// jitted runs a script on requests in LuaJIT and in the other interpreter, or as often as tells the
// time.
func jitted(t *testing.T, jit, source string, requests []request, clock bool) {
	t.Helper()
	s, err := newScript(source, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, q := range requests {
		fmt.Fprintf(&lines, "%x %x %x\n", q.method, q.path, q.body)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"limits.lua": source, "requests": lines.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(jit, "testdata/luajit.lua", filepath.Join(dir, "limits.lua"), filepath.Join(dir, "requests"))
	if clock {
		cmd.Args = append(cmd.Args, "20000")
	}
	var spent strings.Builder
	cmd.Stderr = &spent
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, spent.String())
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	for i, q := range requests {
		if want := decide(t, s, q.method, q.path, q.body); got[i] != want {
			t.Errorf("%+.200v: %s in LuaJIT, %s in the other", q, got[i], want)
		}
	}
	if clock {
		t.Logf("%s %.30s: %s", requests[0].method, requests[0].path, strings.TrimSpace(spent.String()))
	}
}

// TestHash compares the script's SHA-256 with Go's, for lengths around those of its blocks.
func TestHash(t *testing.T) {
	dir := harness.Generate(t, "../testdata/envoy.yaml", "envoy")
	s, err := newScript(luaOf(t, filepath.Join(dir, "example.yaml")), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 54, 55, 56, 62, 63, 64, 118, 119, 120, 1000} {
		token := strings.Repeat("t", n)
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		x := &exchange{r: r, path: "/token", metadata: map[string]any{}}
		if _, err := s.run(x); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("/%x", sha256.Sum256(fmt.Appendf(nil, "%d:%s", n, token)))[:33]
		if got := x.lookup([]string{"limitgen.api", "token", "key"}); got != want {
			t.Errorf("%d bytes: %v, want %s", n, got, want)
		}
	}
}
