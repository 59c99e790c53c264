package quote_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/emit/quote"
)

var nasty = []string{
	"", "plain", "Key_1", "true", "NO", "y", "null", "~", "1e3", "0x1f", "-", "a b", "a: b", "# c", "it's", `"`, `\`, "a\nb", "\t", "\x00", "\x7f",
	"消息", "\u2028", "\u202e", "\ufeff", "{{ .x }}", "{% x %}", "$1", "*", "&a", "!t", "|", ">", "%d", "@x", "`", "[1]", "{a: b}", "a,b", "\\0", "\x01" + "23", "🎉",
}

func FuzzYAML(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := quote.YAML(s)
		if strings.ContainsAny(text, "\n\r") {
			t.Fatalf("%q is on several lines: %q", s, text)
		}
		for _, doc := range []string{"k: " + text + "\n", "{k: " + text + ", l: " + text + "}\n", "[" + text + "]\n"} {
			var v any
			if err := yaml.Unmarshal([]byte(doc), &v); err != nil {
				t.Fatalf("%q: %s: %v", s, doc, err)
			}
			got := ""
			switch v := v.(type) {
			case map[string]any:
				got, _ = v["k"].(string)
			case []any:
				got, _ = v[0].(string)
			}
			if want := strings.ToValidUTF8(s, "\ufffd"); got != want {
				t.Fatalf("%q is read as %q in %s", s, got, doc)
			}
		}
	})
}

var luaString = regexp.MustCompile(`^"([ !#-\[\]-~]|\\[0-9]{3})*"$`)

func FuzzLua(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := quote.Lua(s)
		if !luaString.MatchString(text) {
			t.Fatalf("%q: %s", s, text)
		}
		read := regexp.MustCompile(`\\[0-9]{3}`).ReplaceAllStringFunc(text[1:len(text)-1], func(e string) string {
			n, _ := strconv.Atoi(e[1:])
			return string([]byte{byte(n)})
		})
		if read != s {
			t.Fatalf("%q is read as %q", s, read)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal([]byte(quote.JSON(s)), &got); err != nil ||
			utf8.ValidString(s) && got != s {
			t.Fatalf("%q is read as %q: %v", s, got, err)
		}
	})
}

func TestMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"a_b *c*":          "a&#95;b &#42;c&#42;",
		"- x":              "&#45; x",
		"1. x":             "1<!-- -->. x",
		"see www.test":     "see www<!-- -->.test",
		"<b>\n\u202e|":     "&#60;b&#62; &#124;",
		"https://a.test/?": "https:<!-- -->//a.test/?",
	} {
		if got := quote.Markdown(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"a b": "`a b`", "a`b": "<code>a&#96;b</code>", "{{x}}": "<code>&#123;&#123;x&#125;&#125;</code>", "\n": ""} {
		if got := quote.MarkdownCode(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
