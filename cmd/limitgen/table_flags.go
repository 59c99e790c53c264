package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/audit"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/published"
	"github.com/limitgen/limitgen/generator/table"
)

// tableFlags say how to read a published table.
type tableFlags struct {
	path    string
	mapping string
	columns []string
	keys    []string
	method  string
	data    []byte // the table, once it is read
}

func addTableFlags(fs *pflag.FlagSet) *tableFlags {
	t := &tableFlags{}
	fs.StringVar(&t.path, "table", "", "`FILE` with the published table, or - for standard input")
	fs.StringArrayVar(&t.columns, "columns", nil, "`HEADER=ROLE` says what a column is; a comma list, or several times")
	fs.StringArrayVar(&t.keys, "keys", nil, "`PHRASE=NAME` says what the table's words for a key are, likewise;\nseveral names are joined with +")
	fs.StringVar(&t.method, "method", "", "`METHOD` of rows in tables without a column for it")
	fs.StringVar(&t.mapping, "mapping", "", "`FILE` (YAML) with columns, keys and method, which flags change")
	return t
}

// settings are the combined values of flags and mapping file.
type settings struct {
	published.Options
	keys map[string][]string
}

// settings reads the mapping file and the flags. Errors are about the command line.
func (t *tableFlags) settings() (settings, diag.List, error) {
	s := settings{Options: published.Options{Columns: map[string]string{}}, keys: map[string][]string{}}
	var found diag.List
	if t.mapping != "" {
		data, err := os.ReadFile(t.mapping)
		if err != nil {
			return s, nil, err
		}
		m, diags := audit.ParseMapping(t.mapping, data)
		found = diags
		s.Columns, s.keys, s.Method = m.Columns, m.Keys, m.Method
	}
	if t.method != "" {
		s.Method = t.method
	}
	for _, c := range commas(t.columns) {
		header, role, ok := cutLast(c)
		if !ok {
			return s, found, fmt.Errorf("--columns %s: it takes HEADER=ROLE", c)
		}
		if !slices.Contains(published.Roles, role) {
			return s, found, fmt.Errorf("--columns does not know %q%s; a column is one of %s", role, hint(role, "", published.Roles), strings.Join(published.Roles, ", "))
		}
		s.Columns[header] = role
	}
	for _, k := range commas(t.keys) {
		phrase, names, ok := cutLast(k)
		if !ok {
			return s, found, fmt.Errorf("--keys %s: it takes PHRASE=NAME", k)
		}
		s.keys[phrase] = strings.Split(names, "+")
	}
	return s, found, nil
}

// commas splits values at commas that are followed by another HEADER=ROLE.
func commas(values []string) []string {
	var out []string
	for _, v := range values {
		rest := ""
		for part := range strings.SplitSeq(v, ",") {
			if rest != "" {
				part = rest + "," + part
			}
			if strings.Contains(part, "=") {
				out = append(out, strings.TrimSpace(part))
				rest = ""
			} else {
				rest = part
			}
		}
		if rest != "" {
			out = append(out, strings.TrimSpace(rest))
		}
	}
	return out
}

// cutLast splits a text at its last equals sign.
func cutLast(s string) (before, after string, ok bool) {
	at := strings.LastIndexByte(s, '=')
	if at < 1 || at == len(s)-1 {
		return "", "", false
	}
	return strings.TrimSpace(s[:at]), strings.TrimSpace(s[at+1:]), true
}

// read reads the published table.
func (t *tableFlags) read(s streams, o published.Options) (*published.Page, diag.List, error) {
	file, err := readSpec(t.path, s.in)
	if err != nil {
		return nil, nil, err
	}
	t.data = file.data
	page, found := table.Read(file.name, file.data)
	out, more := published.Read(page, o)
	return out, append(found, more...), nil
}
