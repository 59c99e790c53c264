package nginx

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// A statement is a directive with its arguments, and with others in braces.
type statement struct {
	words []string
	block []statement
}

// parse reads a configuration as nginx's ngx_conf_read_token does.
func parse(text string) ([]statement, error) {
	p := &reader{text: text}
	out, err := p.statements(false)
	return out, err
}

type reader struct {
	text string
	at   int
}

func (p *reader) statements(inside bool) ([]statement, error) {
	var out []statement
	var words []string
	for {
		word, end, err := p.token()
		switch {
		case err != nil:
			return nil, err
		case word != nil:
			words = append(words, *word)
			continue
		case end == '}' || end == 0:
			if len(words) > 0 || inside != (end == '}') {
				return nil, errors.New("unexpected end")
			}
			return out, nil
		case len(words) == 0:
			return nil, errors.New("a statement without words")
		}
		s := statement{words: words}
		if end == '{' {
			if s.block, err = p.statements(true); err != nil {
				return nil, err
			}
		}
		out, words = append(out, s), nil
	}
}

// token gives the next word, or the sign that ends a statement.
func (p *reader) token() (word *string, end byte, err error) {
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; c {
		case ' ', '\t', '\r', '\n':
		case '#':
			if i := strings.IndexByte(p.text[p.at:], '\n'); i >= 0 {
				p.at += i
			} else {
				p.at = len(p.text) - 1
			}
		case ';', '{', '}':
			p.at++
			return nil, c, nil
		case '"', '\'':
			p.at++
			return p.word(func(next byte) bool { return next == c }, true)
		default:
			return p.word(func(next byte) bool { return strings.IndexByte(" \t\r\n;{", next) >= 0 }, false)
		}
	}
	return nil, 0, nil
}

func (p *reader) word(ends func(byte) bool, quoted bool) (*string, byte, error) {
	var b strings.Builder
	for ; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		if ends(c) {
			if quoted {
				if p.at++; p.at == len(p.text) || strings.IndexByte(" \t\r\n;{)", p.text[p.at]) < 0 {
					return nil, 0, errors.New("a quoted word is not at its end")
				}
			}
			s := b.String()
			return &s, 0, nil
		}
		if c == '\\' && p.at+1 < len(p.text) {
			p.at++
			if i := strings.IndexByte(`"'\trn`, p.text[p.at]); i >= 0 {
				b.WriteByte("\"'\\\t\r\n"[i])
				continue
			}
			b.WriteByte('\\')
		}
		b.WriteByte(p.text[p.at])
	}
	return nil, 0, errors.New("a word without an end")
}

// hostile has texts wherever a spec's can come.
func hostile(id, literal, name, query, header, cookie, source string) *config.Input {
	l := &model.Limit{Name: "each", Quota: 5, Seconds: 1, Unit: "requests", Per: []string{"k", "operation"}, Description: literal}
	held := &model.Limit{Name: "held", Quota: 5, Unit: "concurrent-requests", Per: []string{"credential", "client-ip"}}
	key := &model.Key{Dimensions: []*model.Dimension{
		{Expr: &model.Expr{In: model.InPath, Name: name}}, {Expr: &model.Expr{In: model.InHeader, Name: header}},
		{Expr: &model.Expr{In: model.InQuery, Name: query}}, {Builtin: "operation"},
	}}
	credential := &model.Key{Dimensions: []*model.Dimension{{Builtin: "credential"}, {Builtin: "client-ip"}}}
	clean := strings.NewReplacer("/", "%2F", "{", "%7B", "}", "%7D").Replace(literal)
	parameter := "{" + strings.NewReplacer("/", "", "{", "", "}", "").Replace(name) + "}"
	rates := []*model.Rate{{Limit: l, Key: key, Cost: 1}, {Limit: held, Key: credential, Cost: 1}}
	op := func(path string) *model.Operation {
		return &model.Operation{ID: id, Operation: id, HTTPMethod: "POST", Path: path, Counter: path, Rates: rates, Security: [][]string{{"a", "b"}, {"c"}}}
	}
	return config.NewInput(&model.API{
		Package: "api", Source: source, Title: literal, Limits: []*model.Limit{l, held},
		Operations: []*model.Operation{op("/" + clean + "/" + parameter), op("/x" + clean + parameter + clean)},
		Credentials: []*model.Credential{
			{Scheme: "a", In: model.InHeader, Name: "Authorization", Prefix: id + " "},
			{Scheme: "b", In: model.InCookie, Name: cookie}, {Scheme: "c", In: model.InQuery, Name: query},
		},
	})
}

// FuzzTexts puts any texts where a spec's can come: they add no directive to any file, and nothing
// to what servers include.
func FuzzTexts(f *testing.F) {
	f.Add("id", "literal", "name", "query", "X-Header", "cookie", "source.yaml")
	f.Add("a\n;", "\";} worker_processes 9; {\"", "$x", "a\"b", "X-\"", "';", "s\n}")
	f.Add("$request_uri", `\`, `\"`, "default", "include", `(?<x>`, "#")
	f.Add("#\r", "\u2028\u202e\x00", "\xff", `a\`, "~*", "|", "\x00")
	f.Add("hostnames", "*", "}", "[", "volatile", "{2,1}", "{")
	f.Fuzz(func(t *testing.T, id, literal, name, query, header, cookie, source string) {
		in := hostile(id, "l"+literal, name, query, header, cookie, source)
		if slices.ContainsFunc(gaps(in, config.Defaults()),
			func(g config.Gap) bool { return g.Instead == "" }) {
			t.Skip("cannot be expressed")
		}
		got := rendered(t, in)
		server := rendered(t, hostile("id", "literal", "name", "query", "X-Header", "cookie", "source"))
		for i := 1; i < len(got); i++ {
			if !slices.EqualFunc(got[i], server[i], same) {
				t.Errorf("%s: %q", files[i], got[i])
			}
		}
		zones := 0
		for _, s := range got[0] {
			switch s.words[0] {
			case "map_hash_bucket_size":
			case "limit_req_zone", "limit_conn_zone":
				zones++
			case "map":
				checkMap(t, s)
			default:
				t.Errorf("%q", s.words)
			}
		}
		if zones != 2 {
			t.Errorf("%d zones", zones)
		}
	})
}

// rendered returns the parsed files.
func rendered(t *testing.T, in *config.Input) [][]statement {
	t.Helper()
	out, err := Target().Render(in, config.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	var all [][]statement
	for _, f := range out {
		s, err := parse(string(f.Data))
		if err != nil {
			t.Fatalf("%s: %v\n%s", f.Name, err, f.Data)
		}
		all = append(all, s)
	}
	return all
}

func same(a, b statement) bool {
	return slices.Equal(a.words, b.words) && slices.EqualFunc(a.block, b.block, same)
}

// checkMap allows lines of two words, of which only one may be special, and variables of ours and
// nginx's on the right.
func checkMap(t *testing.T, s statement) {
	t.Helper()
	special := 0
	for _, line := range s.block {
		if len(line.words) != 2 || line.block != nil {
			t.Errorf("%q", line.words)
			continue
		}
		if slices.Contains([]string{"default", "include", "hostnames", "volatile"}, line.words[0]) {
			special++
		}
		for _, variable := range strings.Split(line.words[1], "$")[1:] {
			if !strings.HasPrefix(variable, "api_") && !strings.HasPrefix(variable, "{api_") &&
				variable != "request_method" && variable != "remote_addr" {
				t.Errorf("%q", line.words)
			}
		}
	}
	if special > 1 || len(s.words) != 3 {
		t.Errorf("%q", s)
	}
}
