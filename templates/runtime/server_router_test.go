package runtime

import (
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

func FuzzServerRouter(f *testing.F) {
	f.Add("GET", "/users/batch/status")
	f.Add("GET", "/v/%2-%zz-")
	r, _ := testRouter()
	f.Fuzz(func(t *testing.T, method, path string) {
		route, values := r.find(method, path, nil)
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
