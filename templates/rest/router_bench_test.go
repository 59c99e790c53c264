//go:build unix

package rest

import (
	"strings"
	"syscall"
	"testing"
)

// BenchmarkLookup finds each of 110 routes in turn.
func BenchmarkLookup(b *testing.B) {
	var r router
	var paths, methods []string
	for _, name := range []string{"users", "groups", "rooms", "messages", "files", "devices", "contacts", "events", "invoices", "orders", "tokens"} {
		for _, of := range []struct{ method, path string }{
			{"GET", ""}, {"POST", ""}, {"GET", "/{id}"}, {"PUT", "/{id}"}, {"DELETE", "/{id}"},
			{"GET", "/{id}/settings"}, {"GET", "/{id}/members"}, {"POST", "/{id}/members"},
			{"GET", "/{id}/members/{member}"}, {"DELETE", "/{id}/members/{member}"},
		} {
			template := "/v1/" + name + of.path
			r.add(of.method, template, len(paths))
			paths = append(paths, strings.NewReplacer("{id}", "4711", "{member}", "ada").Replace(template))
			methods = append(methods, of.method)
		}
	}
	r.seal()
	var space [8]string
	at := 0
	b.ReportAllocs()
	begin := processTime(b)
	for b.Loop() {
		if found, _ := r.findPlain(methods[at], paths[at], space[:0]); found != at {
			b.Fatal(paths[at], found)
		}
		if at++; at == len(paths) {
			at = 0
		}
	}
	b.ReportMetric(float64(processTime(b)-begin)/float64(b.N), "cpu-ns/op") // whatever else the machine does
}

// processTime is what this process has used.
func processTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
