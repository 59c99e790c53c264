package reference

import (
	"testing"

	"github.com/limitgen/limitgen/generator/emit/quote"
)

func TestMarkdownTexts(t *testing.T) {
	for in, want := range map[string]string{
		"plain, text: (x) 1.2": "plain, text: (x) 1.2", "消息": "消息", "a\n# b": "a &#35; b", "- x": "&#45; x", "1. x": "1<!-- -->. x",
		"<b>|`*_[\\": "&#60;b&#62;&#124;&#96;&#42;&#95;&#91;&#92;", "https://x.test": "https:<!-- -->//x.test",
		"a@b.test": "a@<!-- -->b.test", "www.x.test": "www<!-- -->.x.test", ": x": "&#58; x",
	} {
		if got := quote.Markdown(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"GET /{a}/b_c*": "`GET /{a}/b_c*`", "a`b": "<code>a&#96;b</code>", "a|b": "<code>a&#124;b</code>", `a\`: "<code>a&#92;</code>",
		"{{x}}": "<code>&#123;&#123;x&#125;&#125;</code>", "": "", " ": "", "a\nb": "`a b`",
	} {
		if got := quote.MarkdownCode(in); got != want {
			t.Errorf("%q is %q as code, want %q", in, got, want)
		}
	}
}
