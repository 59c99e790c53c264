package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// payloads are texts that try to be more than text.
var payloads = []string{
	`</title></style></script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `" autofocus onfocus="alert(1)`,
	`</code></td></tr></table><svg onload=alert(1)>`, `-->`, `<!--`, `<![CDATA[`, `]]>`, `<?php`, `&lt;b&gt;`, `&#60;b>`, `{{.}}`, `{% raw %}`, `${x}`, `$x$`,
	"`x` | y", "``", "```", "~~~", "| a | b |", `\| a`, `\`, `a \\| b`, `[x](javascript:x)`, `![x](y)`, `[x]: y`, `[^1]`, `[x]`, `# x`, `x #`, `- x`, `+ x`, `* x`,
	`1. x`, `1) x`, `> x`, `- [ ] x`, `***x***`, `__x__`, `~~x~~`, `---`, `===`, `***`, `<b>x`, `<http://evil.test>`, `http://evil.test`, `HTTPS://evil.test`, `www.evil.test`,
	`a@evil.test`, `mailto:a@evil.test`, `ftp://evil.test`, "a\nb", "a\r\n# b", "\tx", "\u202ex", "\u2028x", "x\u0085y", "a  \nb", `javascript:alert(1)`, `:::`, `\[x\]`, `$$x$$`, `x\`,
}

// hostileReference returns a spec in which the text stands wherever a spec can have one.
func hostileReference(place func(string) string) string {
	q := func(name string) string { // JSON is YAML, too
		data, _ := json.Marshal(place(name))
		return string(data)
	}
	// A path's segment has no slash, brace, blank or backquote; its parameter's name is the text as well.
	segment := strings.NewReplacer("/", "-", "{", "(", "}", ")", "?", "-", "#", "-", " ", "-", "`", "", "\r", "", "\n", "", "\t", "").Replace(place("path"))
	path, _ := json.Marshal("/" + segment + "/{id}")
	pointer, _ := json.Marshal("$request.body#/" + strings.NewReplacer("~", "", "\n", "", "\r", "").Replace(place("pointer")))
	return fmt.Sprintf(`
openapi: 3.0.3
info: {title: %s, version: %s, description: %s}
servers: [{url: "https://api.test/"}]
tags: [{name: %s, description: %s}]
x-rate-limits:
  version: 1
  docs: {table: {title: %s, url: "https://docs.test/", date: %s, sha256: %s}, other: {title: %s}}
  keys: {user: [$request.header.X-User]}
  limits:
    each: {quota: 5, window: 1s, per: [user, operation], description: %s, origin: {doc: table, rows: ["1"], quote: %s, printed: %s, erratum: %s}}
    pool: {quota: 50, window: 1m, unit: messages, per: [user]}
  default: {each: 1}
  exceeded: [{status: 429, body: {"/code": %s}}]
paths:
  %s:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: %s
      summary: %s
      x-title: %s
      tags: [%s]
      x-rate-limit: {use: {each: 1, pool: {count: %s}}, origin: {doc: other, rows: ["2"], quote: %s, printed: %s, erratum: %s}}
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}, "429": {description: too many}}
    post:
      operationId: %s
      tags: [%s]
      x-rate-limit: {use: {pool: 1}}
      responses: {"200": {description: ok}, "429": {description: too many}}
`, q("title"), q("version"), q("description"), q("tag"), q("tags"), q("document"), q("date"), q("sha"), q("other"), q("limit"), q("quote"), q("printed"), q("erratum"), q("code"),
		path, q("get"), q("summary"), q("xtitle"), q("tag"), pointer, q("quoted"), q("print"), q("error"), q("post"), q("tag"))
}

// referenceOf renders both references; ok is false if the spec is refused, as many hostile ones
// are.
func referenceOf(spec, source string) (markdown, page string, ok bool) {
	result, _ := generator.Generate(context.Background(), generator.Options{
		Spec: "api.yaml", Source: source, Data: []byte(spec), Package: "api", Emit: []string{"markdown", "html"}, Config: config.Defaults(),
	})
	if result == nil {
		return "", "", false
	}
	for _, f := range result.Files {
		switch {
		case strings.HasSuffix(f.Name, ".md"):
			markdown = string(f.Data)
		case strings.HasSuffix(f.Name, ".html"):
			page = string(f.Data)
		}
	}
	return markdown, page, true
}

// checkReference compares the structure of what is made from a text with that of what is made from
// a plain word.
func checkReference(t *testing.T, payload string) (checked bool) {
	t.Helper()
	payload = strings.ReplaceAll(strings.ToValidUTF8(payload, ""), "\n\n", "\n") // a blank line begins a paragraph, and may
	if config.Line(payload) == "" {
		return false
	}
	for _, place := range []func(payload, name string) string{
		func(payload, name string) string { return payload + "-" + name },
		func(payload, name string) string { return name + "-" + payload },
		func(payload, name string) string { return payload + " " + name + " " + payload },
	} {
		fill := func(payload string) (string, string, bool) {
			spec := hostileReference(func(name string) string { return place(payload, name) })
			return referenceOf(spec, place(payload, "source"))
		}
		markdown, page, ok := fill(payload)
		if !ok {
			continue
		}
		checked = true
		plainMarkdown, plainPage, ok := fill("word")
		if !ok {
			t.Fatal("the plain spec is refused")
		}
		compare(t, payload, "HTML", elements(t, plainPage), elements(t, page), page)
		compare(t, payload, "Markdown", blocks(plainMarkdown), blocks(markdown), markdown)
	}
	return checked
}

func compare(t *testing.T, payload, kind string, want, got []string, text string) {
	t.Helper()
	if slices.Equal(want, got) {
		return
	}
	for i := range max(len(want), len(got)) {
		a, b := "the end", "the end"
		if i < len(want) {
			a = want[i]
		}
		if i < len(got) {
			b = got[i]
		}
		if a != b {
			t.Fatalf("%q changes the %s: %q where a word gives %q in\n%s", payload, kind, b, a, text)
		}
	}
}

// elements returns the elements of a page with their attributes, in order. Of those whose values
// are made from a spec only the names count; the others have the same values, whatever stands in
// the spec.
func elements(t *testing.T, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		switch n.Type {
		case html.ElementNode:
			element := n.Data
			for _, a := range n.Attr {
				switch value := a.Val; {
				case a.Key == "lang" && n.Data != "html":
				case a.Key == "id", a.Key == "aria-labelledby", a.Key == "href" && strings.HasPrefix(value, "#"):
					if regexp.MustCompile(`^#?[A-Za-z0-9_-]+$`).MatchString(value) {
						value = "name"
					}
					element += fmt.Sprintf(" %s=%q", a.Key, value)
				default:
					element += fmt.Sprintf(" %s=%q", a.Key, value)
				}
			}
			if n.Data != "wbr" { // paths differ in their slashes
				out = append(out, element)
			}
			if n.Data == "script" || n.Data == "style" {
				out = append(out, n.FirstChild.Data)
			}
		case html.CommentNode:
			out = append(out, "<!--"+n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
	return out
}

var (
	anchorTag = regexp.MustCompile(`^<a id="[A-Za-z0-9_-]+">$`)
	markdowns = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList)).Parser()
)

// blocks returns the parts of a Markdown document other than text, in order. Code may be spelt as
// an element.
func blocks(markdown string) []string {
	source := []byte(markdown)
	var out []string
	_ = ast.Walk(markdowns.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			if n.HardLineBreak() {
				out = append(out, "break")
			}
		case *ast.String:
		case *ast.CodeSpan:
			out = append(out, "code")
			return ast.WalkSkipChildren, nil
		case *ast.RawHTML:
			switch tag := string(n.Segments.Value(source)); {
			case tag == "<!-- -->", tag == "</code>":
			case tag == "<code>":
				out = append(out, "code")
			case anchorTag.MatchString(tag):
				out = append(out, "anchor")
			default:
				out = append(out, tag)
			}
		case *ast.Link:
			destination := string(n.Destination)
			if regexp.MustCompile(`^#[A-Za-z0-9_-]+$`).MatchString(destination) {
				destination = "#"
			}
			out = append(out, "link "+destination)
		case *ast.HTMLBlock:
			var content strings.Builder
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				content.Write(line.Value(source))
			}
			out = append(out, "HTML "+regexp.MustCompile(`id="[A-Za-z0-9_-]+"`).ReplaceAllString(content.String(), "id"))
		default:
			out = append(out, n.Kind().String())
		}
		return ast.WalkContinue, nil
	})
	return out
}

// TestReferenceHoldsHostileTexts puts each text into all places of a spec.
func TestReferenceHoldsHostileTexts(t *testing.T) {
	checked := 0
	for _, payload := range payloads {
		if checkReference(t, payload) {
			checked++
		}
	}
	if checked < len(payloads)*3/4 {
		t.Errorf("only %d of %d texts were let through to the references", checked, len(payloads))
	}
}

// TestReferenceHoldsRandomTexts does the same with texts made of what is special somewhere.
func TestReferenceHoldsRandomTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	const special = "<>&\"'`|\\[](){}!#*_~^$%@:;,.?=+-/ \n\ta1w"
	for range 60 {
		var b strings.Builder
		for range 1 + random.IntN(12) {
			if random.IntN(4) == 0 {
				b.WriteString(payloads[random.IntN(len(payloads))])
				continue
			}
			b.WriteByte(special[random.IntN(len(special))])
		}
		checkReference(t, b.String())
	}
}

// TestReferenceStructureBites checks that the comparison detects a missing escape.
func TestReferenceStructureBites(t *testing.T) {
	markdown, page, ok := referenceOf(hostileReference(func(name string) string { return "word-" + name }), "api.yaml")
	if !ok {
		t.Fatal("refused")
	}
	for _, payload := range []string{"<b>x</b>", `<code onclick="x">x</code>`} {
		if slices.Equal(elements(t, page), elements(t, strings.Replace(page, "word-summary", payload, 1))) {
			t.Errorf("%s is not seen in HTML", payload)
		}
	}
	if slices.Equal(elements(t, page), elements(t, strings.Replace(page, `href="https://docs.test/"`, `href="javascript:x"`, 1))) {
		t.Error("another address is not seen in HTML")
	}
	for _, payload := range []string{"<b>x</b>", "a | b", "`x`", "[x](y)", "https://evil.test", "www.evil.test", "a@evil.test", "~~x~~", "*x*"} {
		if slices.Equal(blocks(markdown), blocks(strings.Replace(markdown, "word-xtitle", payload, 1))) {
			t.Errorf("%s is not seen in Markdown", payload)
		}
	}
}

// TestReferenceLinksToTheWebOnly gives documents addresses that are none of the web's.
func TestReferenceLinksToTheWebOnly(t *testing.T) {
	spec := hostileReference(func(name string) string { return "word-" + name })
	for _, address := range []string{"javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.test", "vbscript:x", "https:x"} {
		markdown, page, ok := referenceOf(strings.Replace(spec, "https://docs.test/", address, 1), "api.yaml")
		if !ok {
			continue
		}
		for _, e := range slices.Concat(elements(t, page), blocks(markdown)) {
			if strings.HasPrefix(e, "a ") && strings.Contains(e, " href=") && !strings.Contains(e, `href="name"`) || strings.HasPrefix(e, "link ") && e != "link #" {
				t.Errorf("%q: %s", address, e)
			}
		}
	}
	for _, address := range []string{`https://x.test/"onclick="y`, "https://x.test/>)[x](y", `https://x.test/a b|c`, "https://x.test/`x`", `https://x.test/\`, "https://x.test/'x"} {
		quoted, _ := json.Marshal(address)
		markdown, page, ok := referenceOf(strings.Replace(spec, `"https://docs.test/"`, string(quoted), 1), "api.yaml")
		if !ok {
			t.Errorf("%s is refused", address)
			continue
		}
		for _, e := range elements(t, page) {
			if strings.Contains(e, "onclick") && !strings.Contains(e, `href="`) {
				t.Errorf("%s: %s", address, e)
			}
		}
		for _, e := range blocks(markdown) {
			if strings.HasPrefix(e, "link ") && e != "link #" && !strings.HasPrefix(e, "link https://x.test/") {
				t.Errorf("%s: %s", address, e)
			}
		}
	}
}

func FuzzReference(f *testing.F) {
	for _, payload := range payloads {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		if len(payload) < 200 {
			checkReference(t, payload)
		}
	})
}
