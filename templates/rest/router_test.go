package rest

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func testRouter() (*router, []string) {
	t, names := new(router), []string{
		"GET /users/{u}/status", "POST /users/batch/status", "DELETE /rooms/{r}/ban", "DELETE /rooms/super_admin/{s}",
		"GET /files/{name}.json", "GET /files/{name}", "GET /v/{a}-{b}", "GET /v/x{a}", "GET /slash/", "GET /", "GET /a b", "HEAD /own", "GET /own",
	}
	for i, name := range names {
		method, path, _ := strings.Cut(name, " ")
		t.add(method, path, i)
	}
	return t, names
}

func TestServerRouter(t *testing.T) {
	r, names := testRouter()
	r.seal()
	for _, c := range []struct{ method, path, want, values string }{
		{"GET", "/users/batch/status", "GET /users/{u}/status", "batch"},
		{"POST", "/users/batch/status", "POST /users/batch/status", ""},
		{"POST", "/users/b%61tch/status", "POST /users/batch/status", ""},
		{"POST", "/users/x/status", "", ""},
		{"DELETE", "/rooms/super_admin/ban", "DELETE /rooms/super_admin/{s}", "ban"},
		{"DELETE", "/rooms/7/ban", "DELETE /rooms/{r}/ban", "7"},
		{"GET", "/files/a.json", "GET /files/{name}.json", "a"},
		{"GET", "/files/a.jsonx", "GET /files/{name}", "a.jsonx"},
		{"GET", "/files/a%2Ejson", "GET /files/{name}.json", "a"},
		{"GET", "/files/.json", "GET /files/{name}", ".json"},
		{"GET", "/files/a.json.json", "GET /files/{name}.json", "a.json"},
		{"GET", "/files/a%2Fb", "GET /files/{name}", "a%2Fb"},
		{"GET", "/files/", "", ""},
		{"GET", "/files/.", "", ""},
		{"GET", "/files/%2e%2E", "", ""},
		{"GET", "/files/...", "GET /files/{name}", "..."},
		{"GET", "/v/1-2-3", "GET /v/{a}-{b}", "1|2-3"},
		{"GET", "/v/x9", "GET /v/x{a}", "9"},
		{"GET", "/slash/", "GET /slash/", ""},
		{"GET", "/slash", "", ""},
		{"GET", "/", "GET /", ""},
		{"GET", "/a%20b", "GET /a b", ""},
		{"HEAD", "/users/x/status", "GET /users/{u}/status", "x"},
		{"HEAD", "/own", "HEAD /own", ""},
		{"GET", "", "", ""},
		{"GET", "*", "", ""},
	} {
		got, values := r.find(c.method, c.path, nil)
		if plainPath(c.path) {
			if again, same := r.findPlain(c.method, c.path, nil); again != got || got >= 0 && !slices.Equal(same, values) {
				t.Errorf("%s %s: %d %q, plain %d %q", c.method, c.path, got, values, again, same)
			}
		}
		name := ""
		if got >= 0 {
			name = names[got]
		}
		if name != c.want || got >= 0 && strings.Join(values, "|") != c.values {
			t.Errorf("%s %s: %q %q", c.method, c.path, name, values)
		}
	}
	if got := strings.Join(r.allow("/users/batch/status"), ","); got != "GET,HEAD,OPTIONS,POST" {
		t.Error(got)
	}
	var space [8]string
	if n := testing.AllocsPerRun(100, func() {
		r.find("GET", "/users/b%61tch/status", space[:0])
		r.find("GET", "/v/1-2", space[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestServerMixedSegments(t *testing.T) {
	for _, c := range []struct{ template, segment, want string }{
		{"{a}.json", "x.json", "x"}, {"{a}.json", "x%2ejson", "x"}, {"{a}.json", ".json", ""}, {"{a}.json", "x.jso", ""}, {"{a}.json", "", ""},
		{"{a}-{b}", "1-2-3", "1|2-3"}, {"{a}-{b}", "-1-2", "-1|2"}, {"{a}-{b}", "1-", ""}, {"{a}-{b}", "1%2D2", "1|2"},
		{"{a}{b}", "xyz", "x|yz"}, {"{a}{b}", "%41%42", "%41|%42"}, {"{a}{b}", "x", ""}, {"{a}--{b}.c", "x---.c", "x|-"}, {"{a}--{b}.c", "x--.c", ""},
		{"v{a}:{b}:end", "v1:2:end:end", "1|2:end"}, {"x{a}x", "xx", ""}, {"x{a}x", "xxx", "x"},
		{"{a}%", "1%25", "1"}, {"{a}41", "%2541", "%25"}, {"{a}A", "%25%41", "%25"}, {"{a}Ä", "%c3%84%C3%84", "%c3%84"},
	} {
		values, ok := matchMixed(splitTemplate(c.template), c.segment, nil)
		if got := strings.Join(values, "|"); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s %s: %v %q", c.template, c.segment, ok, got)
		}
	}
	texts := splitTemplate("{a}-{b}-{c}.json")
	if _, ok := matchMixed(texts, strings.Repeat("-", 1<<20), nil); ok { // hours, if it went back
		t.Error("matched")
	}
}

// TestServerRouterRule compares with the rule as it is written: segments left to right, literal
// first.
func TestServerRouterRule(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	segments := []string{"a", "b", "{p}", "{p}.x", "a{p}", "{p}---{q}"}
	paths := []string{"a", "b", "c", "a.x", "ab.x", "a---b", "b---a.x", "%61", "c.x", ""}
	for range 300 {
		tree, templates := new(router), []string{}
		for range 1 + random.IntN(8) {
			template := []string{"GET", "PUT"}[random.IntN(2)] + " "
			for range 1 + random.IntN(3) {
				template += "/" + segments[random.IntN(len(segments))]
			}
			method, path, _ := strings.Cut(template, " ")
			if tree.add(method, path, len(templates)) == len(templates) {
				templates = append(templates, template)
			}
		}
		tree.seal()
		for range 50 {
			path := ""
			for range 1 + random.IntN(3) {
				path += "/" + paths[random.IntN(len(paths))]
			}
			got, _ := tree.find("GET", path, nil)
			if plain, _ := tree.findPlain("GET", path, nil); plainPath(path) && plain != got {
				t.Fatalf("%q %s: %d, plain %d", templates, path, got, plain)
			}
			want, order := -1, ""
			for i, template := range templates {
				if rank, ok := ruleRank(template, "GET "+path); ok && (want < 0 || rank < order) {
					want, order = i, rank
				}
			}
			if got != want {
				t.Fatalf("%q %s: %d, want %d", templates, path, got, want)
			}
		}
	}
}

// ruleRank sorts the templates that match a path: of two, the first one that differs in a segment's
// kind is decided by that.
func ruleRank(template, path string) (string, bool) {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) || want[0] != have[0] {
		return "", false
	}
	rank := ""
	for i := 1; i < len(want); i++ {
		text, _ := url.PathUnescape(have[i])
		switch texts := splitTemplate(want[i]); {
		case want[i] == "{p}":
			rank += "z"
			if text == "" {
				return "", false
			}
		case len(texts) == 1:
			rank += "a"
			if text != want[i] {
				return "", false
			}
		default:
			rank += map[string]string{"{p}---{q}": "m", "{p}.x": "n", "a{p}": "o"}[want[i]]
			if _, ok := matchMixed(texts, have[i], nil); !ok {
				return "", false
			}
		}
	}
	return rank, true
}

func FuzzServerRouter(f *testing.F) {
	f.Add("GET", "/users/batch/status")
	f.Add("GET", "/v/%2-%zz-")
	r, _ := testRouter()
	r.seal()
	f.Fuzz(func(t *testing.T, method, path string) {
		route, values := r.find(method, path, nil)
		if plain, same := r.findPlain(method, path, nil); plainPath(path) && (plain != route || route >= 0 && !slices.Equal(values, same)) {
			t.Errorf("plain: %d %q, else %d %q", plain, same, route, values)
		}
		for _, v := range values {
			if route >= 0 && v == "" {
				t.Error("an empty value")
			}
		}
		if allow := r.allow(path); route >= 0 && len(allow) == 0 {
			t.Error("found, but nothing allowed")
		}
	})
}

// An encoded reserved character is data: it is neither a verb nor a slash, and a template that has
// one encoded has not the other one.
func TestServerReservedCharacters(t *testing.T) {
	s := &Server{}
	templates := []string{"POST /jobs/{id}:cancel", "POST /jobs/{id}", "GET /jobs:batch", "GET /jobs%3Aone", "GET /{a}/b", "GET /x;{v}", "GET /été", "GET /{id}@{host}", "GET /p%2Fq"}
	for i, template := range templates {
		method, path, _ := strings.Cut(template, " ")
		s.router.add(method, path, i)
	}
	for _, c := range []struct{ method, target, want, value string }{
		{"POST", "/jobs/1:cancel", "POST /jobs/{id}:cancel", "1"},
		{"POST", "/jobs/1:%63ancel", "POST /jobs/{id}:cancel", "1"},
		{"POST", "/jobs/1%3Acancel", "POST /jobs/{id}", "1%3Acancel"},
		{"POST", "/jobs/1%3acancel", "POST /jobs/{id}", "1%3acancel"},
		{"POST", "/jobs/1%3Acancel:cancel", "POST /jobs/{id}:cancel", "1%3Acancel"},
		{"POST", "/jobs/a:b", "POST /jobs/{id}", "a:b"},
		{"POST", "/jobs/1%253Acancel", "POST /jobs/{id}", "1%253Acancel"},
		{"POST", `/jobs/"1%3Acancel`, "POST /jobs/{id}", `"1%3Acancel`}, // EscapedPath would decode the colon
		{"GET", "/jobs:batch", "GET /jobs:batch", ""},
		{"GET", "/jobs%3Abatch", "", ""},
		{"GET", "/jobs%3aone", "GET /jobs%3Aone", ""},
		{"GET", "/jobs:one", "", ""},
		{"GET", "/jobs%253Aone", "", ""},
		{"GET", "/a%2Fb", "", ""},
		{"GET", `/a"%2Fb`, "", ""},
		{"GET", "/p%2fq", "GET /p%2Fq", ""},
		{"GET", "/p/q", "", ""},
		{"GET", "/x;1", "GET /x;{v}", "1"},
		{"GET", "/x%3B1", "", ""},
		{"GET", "/%C3%A9t%c3%a9", "GET /été", ""},
		{"GET", "/été", "GET /été", ""},
		{"GET", "/a%40b@c", "GET /{id}@{host}", "a%40b c"},
	} {
		u, err := url.ParseRequestURI(c.target)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		i, values := s.router.find(c.method, rawPath(u), nil)
		if i >= 0 {
			got = templates[i]
		}
		if got != c.want || strings.Join(values, " ") != c.value && i >= 0 {
			t.Errorf("%s %s: %q %v, want %q %q", c.method, c.target, got, values, c.want, c.value)
		}
	}
	changed := &url.URL{Path: "/jobs/2:cancel", RawPath: "/v1/jobs/2%3Acancel"} // by a middleware that knows Path only
	if got := rawPath(changed); got != "/jobs/2:cancel" {
		t.Error(got)
	}
}
