package table_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/table"
)

// show writes what was read: a table's header after its place, its rows, and texts between them.
func show(p *table.Page) string {
	var b strings.Builder
	for _, block := range p.Blocks {
		if t := block.Table; t != nil {
			fmt.Fprintf(&b, "%d: %s\n", t.Pos.Line, cells(t.Header))
			for _, row := range t.Rows {
				fmt.Fprintf(&b, "  %d: %s\n", row.Pos.Line, cells(row.Cells))
			}
			continue
		}
		kind := ""
		switch {
		case block.Text.Heading:
			kind = " heading"
		case block.Text.Row:
			kind = " row"
		case block.Text.Code:
			kind = " code"
		}
		fmt.Fprintf(&b, "%d:%d%s %s\n", block.Text.Pos.Line, block.Text.Pos.Col, kind, one(block.Text.Text))
	}
	return b.String()
}

func cells(in []table.Cell) string {
	var out []string
	for _, c := range in {
		text := one(c.Text)
		if c.Merged {
			text += "*"
		}
		out = append(out, text)
	}
	return strings.Join(out, " | ")
}

func one(s string) string { return strings.ReplaceAll(s, "\n", "\\n") }

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, file, text, want, found string }{
		{"text copied from a page: no empty lines, headers repeated", "a.txt", `
updated: today
Name | Method |
---|---|
a | GET |
b | PUT |
both together
Name | Method | Limit |
---|---|---|
c | GET | 5 |
`, `2:1 updated: today
3: Name | Method
  5: a | GET
  6: b | PUT
7:1 both together
8: Name | Method | Limit
  10: c | GET | 5
`, ""},
		{"text without lines of dashes", "a.txt", "Name | Limit\na | 5\nb | 6\n\nnot | a table\n", `1: Name | Limit
  2: a | 5
  3: b | 6
5:1 not | a table
`, ""},
		{"dashes for fewer columns than the header has", "a.md", "| a | b | c |\n|---|---|\n| 1 | 2 | 3 |\n", "1: a | b | c\n  3: 1 | 2 | 3\n", ""},
		{"markup, escaped pipes, code, links, entities, breaks, placeholders, footnotes", "a.md", "| *a* | **b** | `c` |\n|:-|-:|:-:|\n" +
			"| x \\| y | `p \\| q` | [link](https://a.example/b) |\n| a<br>b | /users/<id>/x | 100<sup>1</sup> &amp; |\n| /users` | `a` `b` | {x_y}/{z_w} |\n",
			"1: a | b | c\n  3: x | y | p | q | link\n  4: a\\nb | /users/<id>/x | 100 ^1 &\n  5: /users` | a b | {x_y}/{z_w}\n", ""},
		{"a row with more cells than the header", "a.md", "| a | b |\n|---|---|\n| 1 | 2 | 3 |\n", "1: a | b\n  3: 1 | 2\n", "a.md:3:1: error: the row has 3 cells and its header 2; a pipe that is text is written \\| [table]\n"},
		{"rows with one cell, repeated headers, empty rows", "a.md", "| a | b |\n|---|---|\n| **Part** | |\n| 1 | 2 |\n| a | b |\n| | |\n| 3 | 4 |\n| these two share 5 | |\n",
			"3:3 row Part\n1: a | b\n  4: 1 | 2\n5: a | b\n  7: 3 | 4\n8:3 row these two share 5\n", ""},
		{"settings before the page, headings, code, quotes and lists", "a.md", "---\ntitle: x | y\n---\n# Head\n\n```\n| a | b |\n|---|---|\n| 1 | 2 |\n```\n\n> | q | r |\n> |---|---|\n> | 3 | 4 |\n\n- item\n\n  | s | t |\n  |---|---|\n  | 5 | 6 |\n",
			"4:3 heading Head\n7:1 code | a | b |\n8:1 code |---|---|\n9:1 code | 1 | 2 |\n12: q | r\n  14: 3 | 4\n16:3 item\n18: s | t\n  20: 5 | 6\n", ""},
		{"Windows' line ends and a mark at the start", "a.md", "\ufeff| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n", "1: a | b\n  3: 1 | 2\n", ""},
		{"merged cells", "a.html", `<table>
<tr><th>a<th>b<th colspan=2>c
<tr><td rowspan=2>1<td>2<td>3<td>4
<tr><td>5<td colspan="2">6</table>`, "2: a | b | c | c*\n  3: 1 | 2 | 3 | 4\n  4: 1* | 5 | 6 | 6*\n", ""},
		{"two rows of headers, a row of one cell, texts, a table in a cell", "a.html", `<!doctype html><title>t</title><style>p{}</style>
<h1>Limits &amp; more</h1><p>one <b>two</b><br>three</p>
<table><caption>cap</caption><thead><tr><th rowspan=2>Path<th colspan=2>Requests</tr>
<tr><th>per minute<th>per day</tr></thead>
<tbody><tr><th colspan=3>Users</th></tr>
<tr><td><code>/users</code><td>5<td>
 6 <p>7</p></tr>
<tr><td>/x<td><table><tr><td>in<tr><td>ner</table><td>8</tr></table>`,
			"2:5 heading Limits & more\n2:30 one two three\n3:17 cap\n5:26 row Users\n3: Path* | Requests per minute | Requests per day\n  6: /users | 5 | 6\\n7\n  8: /x |  | 8\n8: in\n  8: ner\n", ""},
		{"more cells than the header", "a.html", "<table><tr><th>a<tr><td>1<td>2</table>", "1: a\n  1: 1\n", "a.html:1:21: error: the row has 2 cells and its header 1 [table]\n"},
		{"HTML in Markdown, with empty lines in it", "a.md", "text\n\n<table>\n<tr><th>a</th><th>b</th></tr>\n\n<tr><td>1</td><td>/x/{y}</td></tr>\n\n</table>\n\nafter\n\n| c | d |\n|--|--|\n| 3 | 4 |\n",
			"1:1 text\n4: a | b\n  6: 1 | /x/{y}\n10:1 after\n12: c | d\n  14: 3 | 4\n", ""},
		{"HTML by its content", "page", "<div><table><tr><th>a<th>b<tr><td>1<td>2</table></div>", "1: a | b\n  1: 1 | 2\n", ""},
		{"nothing", "a.md", "text\n", "1:1 text\n", "a.md:1:1: error: no table is found; it takes Markdown, HTML, CSV, or text with cells between pipes or tabs [table]\n"},
		{"a spreadsheet's export", "a.csv", "\ufeffRate limits,,\r\nPath,\"Limit, by user\",Notes\r\n/a,\"1,000\nper day\",\r\n/b, 5/s\r\n,,\r\nPart two,,\r\n/c,\"6 \"\"burst\"\"\",x,y\r\n",
			"1:1 Rate limits\n2: Path | Limit, by user | Notes\n  3: /a | 1,000\\nper day | \n  5: /b | 5/s | \n7:1 row Part two\n2: Path | Limit, by user | Notes\n  8: /c | 6 \"burst\" | x\n",
			"a.csv:8:1: error: the row has 4 cells and its header 3 [table]\n"},
		{"other separators", "a.csv", "sep=;\nPath;Limit\n/a;1,5\n", "2: Path | Limit\n  3: /a | 1,5\n", ""},
		{"a semicolon", "A.CSV", "Path;Limit\n/a;1,5\n", "1: Path | Limit\n  2: /a | 1,5\n", ""},
		{"a quote that does not end", "a.csv", "Path,Limit\n/a,5\n/b,\"6\n", "1: Path | Limit\n  2: /a | 5\n",
			"a.csv:3:1: error: the file cannot be read from here on: extraneous or missing \" in quoted-field [table]\n"},
		{"cells between tabs", "a.txt", "By default, 5.\n\tindented\nPath\tLimit\n/a\t5\n\t6\nboth together\n", "1:1 By default, 5. indented\n3: Path | Limit\n  4: /a | 5\n  5:  | 6\n6:1 both together\n", ""},
		{"not UTF-8", "a.md", "| a |\n|--|\n| \xb4\xf2 |\n", "", "a.md:3:1: error: the text is not UTF-8; convert it first [encoding]\n"},
	} {
		p, diags := table.Read(c.file, []byte(c.text))
		if got := show(p); got != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
		var found strings.Builder
		for _, d := range diags {
			fmt.Fprintln(&found, d)
		}
		if found.String() != c.found {
			t.Errorf("%s finds\n%swant\n%s", c.name, found.String(), c.found)
		}
	}
}

func TestPlacesAreThoseOfTheFile(t *testing.T) {
	text := "x\n名称 | 限制 |\n---|---|\n甲 `a` | 100 次/秒 |\n"
	p, _ := table.Read("a.txt", []byte(text))
	cell := p.Blocks[1].Table.Rows[0].Cells[1]
	if got := cell.At(5).String(); got != "a.txt:4:14" {
		t.Errorf("the unit stands at %s", got)
	}
}

// TestMergedCellsAreBounded reads a page whose merged cells would fill the memory.
func TestMergedCellsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("<table><tr><th>a")
	for range 5000 {
		b.WriteString("<tr><td colspan=1000 rowspan=9999>x")
	}
	_, diags := table.Read("a.html", []byte(b.String()))
	if !diags.HasErrors() {
		t.Error("no finding")
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"a | b |\n---|---|\n1 | 2 |\ntogether\n", "| a |\n|--|\n| `x \\| y` |\n", "<table><tr><td rowspan=2>a<td>b<tr><td>c</table>",
		"a,\"b\nc\"\n1;2", "sep=;\na;b\n1;\"2", "a\tb\n\t2\n",
		"---\ntitle: x\n---\n\n<table>\n\n<tr><td>\n\n</table>", "> | a |\n> |-|\n> | b |\n", "```\n| a |\n", "<table><tr><th colspan=3>x<tr><td><table><tr><td>y",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lines := strings.Count(strings.ReplaceAll(s, "\r\n", "\n"), "\n") + 1
		for _, name := range []string{"a.md", "a.html", "a.csv"} {
			p, diags := table.Read(name, []byte(s))
			for _, d := range diags {
				if d.Pos.Line < 1 || d.Pos.Line > lines {
					t.Errorf("%s: %v in %d lines", name, d, lines)
				}
			}
			for _, b := range p.Blocks {
				if b.Table == nil {
					continue
				}
				for _, row := range b.Table.Rows {
					if len(row.Cells) != len(b.Table.Header) {
						t.Errorf("%s: %d cells below %d headers", name, len(row.Cells), len(b.Table.Header))
					}
					for _, c := range row.Cells {
						if c.Pos.Line < 1 || c.Pos.Line > lines || c.Pos.Col < 1 {
							t.Errorf("%s: a cell at %v of %d lines", name, c.Pos, lines)
						}
					}
				}
			}
		}
	})
}
