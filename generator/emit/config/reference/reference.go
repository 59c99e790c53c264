// Package reference emits the limits for people: one page in Markdown, and one in HTML that needs
// nothing beside it.
package reference

import (
	"bytes"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/quote"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/templates"
)

// Markdown returns the reference for a repository or a docs site that renders Markdown.
func Markdown() *config.Target {
	return &config.Target{
		Name: "markdown", Summary: "limits.md: a reference of the limits for people", Render: markdown,
	}
}

// HTML returns the reference as one file for browsers.
func HTML() *config.Target {
	return &config.Target{
		Name: "html", Summary: "limits.html: the same as one page, to search and to print", Render: html,
	}
}

func markdown(in *config.Input, _ config.Options) ([]config.File, error) {
	t := templates.Config("markdown", map[string]any{
		"text": quote.Markdown, "code": quote.MarkdownCode, "words": phrase, "link": link,
	})
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "page.tmpl", newPage(in)); err != nil {
		return nil, err
	}
	return []config.File{{Name: "limits.md", Data: b.Bytes()}}, nil
}

func html(in *config.Input, _ config.Options) ([]config.File, error) {
	style := templates.ConfigFile("html/style.css")
	script := templates.ConfigFile("html/script.js")
	data := struct {
		*page
		secured
	}{newPage(in), secure(style, script)}
	var b bytes.Buffer
	b.WriteString("<!-- " + fileset.Header + " -->\n")
	if err := templates.ConfigHTML("html").ExecuteTemplate(&b, "page.tmpl", data); err != nil {
		return nil, err
	}
	return []config.File{{Name: "limits.html", Data: b.Bytes()}}, nil
}
