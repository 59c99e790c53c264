package reference

import (
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// word is a piece of a sentence.
type word struct {
	Text string
	Code bool
}

func codeWord(s string) word { return word{Text: config.Line(s), Code: true} }

// key is a name that limits count separately by.
type key struct {
	Name  string
	Words []word
	parts []*model.Expr
}

// builtins are the dimensions that every table has, in the order in which they are explained.
var builtins = []struct{ name, words string }{
	{"operation", "the operation: method and path template, whatever the values in the path"},
	{"credential", "the caller's credential: the API key or token that the request carries"},
	{"identity", "the caller as authentication knows them, whatever token they use"},
	{"client-ip", "the caller's network address"},
}

// addKeys explains the names that limits count separately by, those of the table first.
func (b *builder) addKeys() {
	used := make(map[string]bool)
	for _, l := range b.in.API.Limits {
		for _, name := range l.Per {
			used[name] = true
		}
	}
	for _, k := range b.in.API.NamedKeys {
		out := &key{Name: k.Name, parts: k.Parts}
		out.Words = expressions(k.Parts)
		b.keys[k.Name] = out
		if used[k.Name] {
			b.page.Keys = append(b.page.Keys, out)
		}
	}
	for _, k := range builtins {
		out := &key{Name: k.name, Words: []word{{Text: k.words}}}
		b.keys[k.name] = out
		if used[k.name] {
			b.page.Keys = append(b.page.Keys, out)
		}
	}
}

// perWords describes the partition key of a limit.
func (b *builder) perWords(per []string) []word {
	if len(per) == 0 {
		return []word{{Text: "all callers together"}}
	}
	var out []word
	for i, name := range per {
		out = append(out, join(i, len(per))...)
		out = append(out, codeWord(name))
	}
	return out
}

// keyWords is perWords at one operation, which may spell a name of its own.
func (b *builder) keyWords(r *model.Rate) []word {
	out := b.perWords(r.Limit.Per)
	if r.Key == nil {
		return []word{{Text: "all callers together"}}
	}
	var usual []*model.Dimension
	for _, name := range r.Limit.Per {
		k := b.keys[name]
		if k == nil || len(k.parts) == 0 {
			usual = append(usual, &model.Dimension{Builtin: name})
			continue
		}
		for _, e := range k.parts {
			usual = append(usual, &model.Dimension{Expr: e})
		}
	}
	if reflect.DeepEqual(usual, r.Key.Dimensions) {
		return out
	}
	out = append(out, word{Text: ", here "})
	for i, d := range r.Key.Dimensions {
		out = append(out, join(i, len(r.Key.Dimensions))...)
		if d.Builtin != "" {
			out = append(out, codeWord(d.Builtin))
			continue
		}
		out = append(out, expression(d.Expr)...)
	}
	return out
}

// costWords describes the cost of a request.
func costWords(r *model.Rate) []word {
	if r.Count == nil {
		return []word{{Text: grouped(r.Cost)}}
	}
	out := []word{{Text: grouped(r.Times) + " for each item of "}}
	if r.Value {
		return valueWords(r)
	}
	if r.Count.In == model.InPath || r.Count.In == model.InQuery {
		out[0].Text = grouped(r.Times) + " for each comma part of "
	}
	out = append(out, expression(r.Count)...)
	if r.Max > 0 {
		out = append(out, word{Text: ", at most " + grouped(r.Max)})
	}
	return out
}

// valueWords returns a cost that is a number in the request.
func valueWords(r *model.Rate) []word {
	out := expression(r.Count)
	if r.Times > 1 {
		out = append([]word{{Text: grouped(r.Times) + " times "}}, out...)
	}
	out = append(out, word{Text: " (" + grouped(r.Default) + " when it is absent)"})
	if r.Max > 0 {
		out = append(out, word{Text: ", at most " + grouped(r.Max)})
	}
	return out
}

// condition says which requests are a variant's.
func condition(w *model.When) []word {
	if w.Expr.In == model.InBody && w.Expr.Pointer != "" && w.Is == "present" {
		return []word{{Text: "when the body has "}, expression(w.Expr)[0]}
	}
	words := map[string]string{
		"present": " is given", "absent": " is not given", "array": " is an array",
		"object": " is an object", "list": " has a comma",
	}
	out := append([]word{{Text: "when "}}, expression(w.Expr)...)
	return append(out, word{Text: words[w.Is]})
}

// expression describes the location of a value.
func expression(e *model.Expr) []word {
	switch {
	case e.In == model.InBody && e.Pointer == "":
		return []word{{Text: "the body"}}
	case e.In == model.InBody:
		return []word{codeWord(strings.TrimPrefix(e.Pointer, "/")), {Text: " in the body"}}
	case e.In == model.InHeader:
		return []word{{Text: "the header "}, codeWord(e.Name)}
	}
	return []word{codeWord(e.Name), {Text: " in the " + string(e.In)}}
}

// expressions describes the locations of several values. A location that all share is named once.
func expressions(all []*model.Expr) []word {
	var out []word
	for i, e := range all {
		words := expression(e)
		if i < len(all)-1 && len(words) == 2 && len(expression(all[i+1])) == 2 &&
			words[1] == expression(all[i+1])[1] {
			words = words[:1]
		}
		out = append(append(out, join(i, len(all))...), words...)
	}
	return out
}

// join returns the separator before part i of n.
func join(i, n int) []word {
	switch i {
	case 0:
		return nil
	case n - 1:
		return []word{{Text: " and "}}
	}
	return []word{{Text: ", "}}
}

// grouped writes a number with its thousands apart.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// language returns the language of a text as far as its script tells it, for the lang attribute.
func language(s string) string {
	lang := ""
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return "ja"
		case unicode.Is(unicode.Hangul, r):
			return "ko"
		case unicode.Is(unicode.Han, r):
			lang = "zh"
		}
	}
	return lang
}
