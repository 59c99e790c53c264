package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

var routesSpec = filepath.Join(out, "routes.yaml")

// route is an operation of the API that has 110 of them, all of which answer 204.
type route struct {
	ID, Method, Path string
	Params           []string
}

func routes() []route {
	var all []route
	for _, name := range []string{"users", "groups", "rooms", "messages", "files", "devices", "contacts", "events", "invoices", "orders", "tokens"} {
		for _, of := range []struct{ method, id, path string }{
			{"GET", "list", ""},
			{"POST", "add", ""},
			{"GET", "get", "/{id}"},
			{"PUT", "put", "/{id}"},
			{"DELETE", "delete", "/{id}"},
			{"GET", "settingsOf", "/{id}/settings"},
			{"GET", "membersOf", "/{id}/members"},
			{"POST", "addMemberOf", "/{id}/members"},
			{"GET", "memberOf", "/{id}/members/{member}"},
			{"DELETE", "deleteMemberOf", "/{id}/members/{member}"},
		} {
			r := route{ID: of.id + title(name), Method: of.method, Path: "/v1/" + name + of.path}
			for _, param := range []string{"id", "member"} {
				if strings.Contains(r.Path, "{"+param+"}") {
					r.Params = append(r.Params, param)
				}
			}
			all = append(all, r)
		}
	}
	return all
}

// spell writes the routes as a spec.
func spell(all []route) []byte {
	var b strings.Builder
	b.WriteString("openapi: 3.0.3\ninfo: {title: Routes, version: \"1\"}\npaths:\n")
	path := ""
	for _, r := range all {
		if r.Path != path {
			path = r.Path
			fmt.Fprintf(&b, "  %s:\n", path)
		}
		fmt.Fprintf(&b, "    %s:\n      operationId: %s\n", strings.ToLower(r.Method), r.ID)
		for i, name := range r.Params {
			if i == 0 {
				b.WriteString("      parameters:\n")
			}
			fmt.Fprintf(&b, "        - {name: %s, in: path, required: true, schema: {type: string}}\n", name)
		}
		b.WriteString("      responses: {\"204\": {description: done}}\n")
	}
	return []byte(b.String())
}
