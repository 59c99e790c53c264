package published_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/published"
	"github.com/limitgen/limitgen/generator/table"
)

func read(file, text string, o published.Options) (page, found string) {
	raw, diags := table.Read(file, []byte(text))
	p, more := published.Read(raw, o)
	var b strings.Builder
	if p.Default != nil {
		fmt.Fprintf(&b, "default %s\n", p.Default.Rate.Rate)
	}
	for _, row := range p.Rows {
		fmt.Fprintf(&b, "%d %s %s (%s)", row.Number, row.Method, row.URL, row.Title)
		for _, r := range row.Rates {
			fmt.Fprintf(&b, "; %s", r.Rate)
			if r.Pool != nil {
				fmt.Fprintf(&b, " (shared by %d)", len(r.Pool.Rows))
			}
		}
		b.WriteString("\n")
	}
	var f strings.Builder
	for _, d := range append(diags, more...) {
		fmt.Fprintln(&f, d)
	}
	return b.String(), f.String()
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, text  string
		options     published.Options
		want, found string
	}{
		{"columns for number, span, unit, key and burst", `
| Operation | Endpoint | Limit | Window | Unit | Per | Burst | Notes |
|--|--|--|--|--|--|--|--|
| Send | POST /mails | 1,000 | 1 day | mails | user and app | 50 | x |
| Read | GET /mails/:id | 5 | minute | | (any request) | - | |
`, published.Options{}, "1 POST /mails (Send); 1000 mails per day per user per app (burst 50)\n2 GET /mails/:id (Read); 5 requests per minute\n", ""},
		{"spans, units and keys in headers", `
| Method | URL | Requests per minute | QPS | Per App | 并发 |
|--|--|--|--|--|--|
| GET | /a | 60 | — | 5/s | 10 |
`, published.Options{}, "1 GET /a (); 60 requests per minute; 5 requests per second per App; 10 concurrent requests\n", ""},
		{"columns by what stands in them", `
| Feature | How | Where | How often |
|--|--|--|--|
| x | GET | /a/{b} | 5 per second |
`, published.Options{}, "1 GET /a/{b} (x); 5 requests per second\n", ""},
		{"columns by the options, and a method for all", `
| Tier | Where | Speed | Owner |
|--|--|--|--|
| 1 | /a | 5 per second | me |
`, published.Options{Method: "post", Columns: map[string]string{"tier": "ignore", "WHERE": "url", "Owner": "title"}}, "1 POST /a (me); 5 requests per second\n", ""},
		{"an option for a column that there is not", "| URL | Limit |\n|--|--|\n| /a | 5/s |\n", published.Options{Columns: map[string]string{"Uri": "url"}},
			"1  /a (); 5 requests per second\n", "a.md:1:1: error: no table has a column \"Uri\", which --columns names [table]\n"},
		{"what is not read", `
| Code | Meaning |
|--|--|
| 429 | too many |

| URL | Limit | Colour |
|--|--|--|
| /a | see below | red |
| /b | 5/s | blue |

At most 7 requests per hour are served.
`, published.Options{}, "1  /a ()\n2  /b (); 5 requests per second\n",
			"a.md:2:1: warning: the table is not read: its headers (Code, Meaning) name no operations with limits; say with --columns what they are, or that they are ignore [unread]\n" +
				"a.md:6:17: warning: the column \"Colour\" is not read; say what it is with --columns, such as \"Colour=ignore\" [unread]\n" +
				"a.md:8:8: error: the rate \"see below\" cannot be read: \"see\" is not understood [unread]\n" +
				"a.md:11:1: warning: the sentence \"At most 7 requests per hour are served.\" has a rate and is not understood: it names neither rows above or below it nor a default [unread]\n"},
		{"rows without a header", "| GET | /a | 10/s |\n| POST | /b | 20/s |\n| PUT | /c | 30/s |\n", published.Options{},
			"1 GET /a (); 10 requests per second\n2 POST /b (); 20 requests per second\n3 PUT /c (); 30 requests per second\n", ""},
		{"one row without a header, and the page in a table for its layout",
			"<table><tr><td><p>By default, 7 requests per hour.</p><table><tr><td>GET /a</td><td>10/s</td></tr></table></td></tr></table>", published.Options{},
			"default 7 requests per hour\n1 GET /a (); 10 requests per second\n", ""},
		{"rows of header cells below the header",
			"<table><thead><tr><th>Endpoint<th>Limit<tbody><tr><th>GET /a<th>10/s<tr><th>GET /b<td>20/s<tr><th>GET /c<th>30/s</table>", published.Options{},
			"1 GET /a (); 10 requests per second\n2 GET /b (); 20 requests per second\n3 GET /c (); 30 requests per second\n", ""},
		{"a name in front of rows without a header", "| Log in | POST /a | 10/s |\n| Log out | POST /b | 20/s |\n", published.Options{},
			"1 POST /a (); 10 requests per second\n2 POST /b (); 20 requests per second\n", "a.md:1:3: warning: column 1 is not read: it has no header; write one [unread]\n"},
		{"a header without names", "| | | |\n|--|--|--|\n| GET | /a | 10/s |\n", published.Options{}, "1 GET /a (); 10 requests per second\n", ""},
		{"a header alone", "| URL | Limit |\n|--|--|\n", published.Options{}, "", "a.md:1:1: error: the page has headers of tables and no rows below them [table]\n"},
		{"a rate among remarks, and columns of plans", `
| URL | Free | Pro | Notes |
|--|--|--|--|
| /a | 5/s | 50/s | new |
| /b | 6/s | 60/s | 1 per minute while testing |
`, published.Options{}, "1  /a (); 5 requests per second; 50 requests per second\n2  /b (); 6 requests per second; 60 requests per second\n",
			"a.md:2:9: warning: the column \"Free\" is read as a further limit of each row, since it has rates; if these are other callers', say \"Free=ignore\" with --columns [unread]\n" +
				"a.md:2:16: warning: the column \"Pro\" is read as a further limit of each row, since it has rates; if these are other callers', say \"Pro=ignore\" with --columns [unread]\n" +
				"a.md:5:21: warning: a rate is in the column \"Notes\", which is not read; say what it is with --columns, such as \"Notes=ignore\" [unread]\n"},
		{"numbers with a point that may separate thousands", `
By default, 1.500 requests per hour are admitted.

| URL | Limit |
|--|--|
| /a | 2.000 per hour |
`, published.Options{}, "1  /a ()\n",
			"a.md:2:1: error: the sentence \"By default, 1.500 requests per hour are admitted.\" has a rate that cannot be read: \"1.500\" is a decimal, or has a separator of thousands; write \"1.5\" or \"1500\" [unread]\n" +
				"a.md:6:8: error: the rate \"2.000 per hour\" cannot be read: \"2.000\" is a decimal, or has a separator of thousands; write \"2\" or \"2000\" [unread]\n"},
		{"numbers below 0", `
By default, -7 requests per hour are admitted.

| URL | Limit |
|--|--|
| /a | -5 per second |
| /b | 10-20 per second |
| /c | 5/s |

All requests together are limited to −9 per second.
`, published.Options{}, "1  /a ()\n2  /b ()\n3  /c (); 5 requests per second\n",
			"a.md:2:1: error: the sentence \"By default, -7 requests per hour are admitted.\" has a rate that cannot be read: a number in it is less than 0 [unread]\n" +
				"a.md:6:8: error: the rate \"-5 per second\" cannot be read: \"-5\" is less than 0 [unread]\n" +
				"a.md:7:11: error: the rate \"10-20 per second\" cannot be read: \"20\" is a second number in the same rate [unread]\n" +
				"a.md:10:1: error: the sentence \"All requests together are limited to −9 per second.\" has a rate that cannot be read: a number in it is less than 0 [unread]\n"},
		{"pools above and below, each, and a default", `
Unless otherwise noted, 25 requests per second are admitted.

The following two endpoints share 9 requests per minute.

| Endpoint |
|--|
| GET /a |
| GET /b |

| Endpoint |
|--|
| GET /c |
| GET /d |

The above endpoints are each limited to 3 requests per second.

| Endpoint | Limit |
|--|--|
| GET /e | 1/s |
| GET /f | 2/s |
| GET /g | 3/s |

The two endpoints above together have 4 requests per hour.

| Endpoint |
|--|
| GET /h |
`, published.Options{}, `default 25 requests per second
1 GET /a (); 9 requests per minute (shared by 2)
2 GET /b (); 9 requests per minute (shared by 2)
3 GET /c (); 3 requests per second
4 GET /d (); 3 requests per second
5 GET /e (); 1 requests per second
6 GET /f (); 2 requests per second; 4 requests per hour (shared by 2)
7 GET /g (); 3 requests per second; 4 requests per hour (shared by 2)
8 GET /h (); 25 requests per second
`, "a.md:28:1: warning: row 8, GET /h has no limit of its own: its table has no column and no sentence below it; the page's default is read [unread]\n"},
		{"what all operations share", `
All requests together are limited to 1,000 per hour per user.

| Endpoint | Limit |
|--|--|
| GET /a | 5/s per user |
| GET /b | 6/s per user |

| Endpoint |
|--|
| GET /c |
`, published.Options{}, "1 GET /a (); 5 requests per second per user; 1000 requests per hour per user (shared by 3)\n2 GET /b (); 6 requests per second per user; 1000 requests per hour per user (shared by 3)\n3 GET /c (); 1000 requests per hour per user (shared by 3)\n", ""},
		{"sentences that leave something open", `
| 接口 | URL | 频率 |
|--|--|--|
| 甲 | /a | 5 次/秒 |
| 乙 | /b | 6 次/秒 |

以上三个接口一共 5 次/秒。

以上接口 5 次/秒。

以上两个接口一共限制。

默认限制为 100 次。
`, published.Options{}, "1  /a (甲); 5 requests per second; 5 requests per second (shared by 2)\n2  /b (乙); 6 requests per second; 5 requests per second (shared by 2)\n",
			"a.md:7:1: error: the sentence \"以上三个接口一共 5 次/秒。\" is about 3 rows, but the table has 2 [unread]\n" +
				"a.md:9:1: error: the sentence \"以上接口 5 次/秒。\" does not say whether rows share the rate or have it each [unread]\n" +
				"a.md:11:1: error: the sentence \"以上两个接口一共限制。\" is about a rate that rows share, but no rate in it can be read [unread]\n" +
				"a.md:13:1: error: the sentence \"默认限制为 100 次。\" is about a default, but no rate in it can be read [unread]\n"},
	} {
		got, found := read("a.md", c.text, c.options)
		if got != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
		if found != c.found {
			t.Errorf("%s finds\n%swant\n%s", c.name, found, c.found)
		}
	}
}

func TestPathOf(t *testing.T) {
	for printed, want := range map[string]string{
		"/a/{b}":                                 "/a/{b}",
		"a/{b}":                                  "/a/{b} (no leading slash)",
		"/a/${b}":                                "/a/{b} (shell-style parameter)",
		"/a/{b}}":                                "/a/{b} (stray brace)",
		"/a/b}":                                  "/a/b (stray brace)",
		"/a/b`":                                  "/a/b (stray backquote)",
		"/a/:b/<c d>":                            "/a/{b}/{c_d}", // styles, not faults
		"https://api.example.com/v1/a?x=1&y={z}": "/v1/a (sample query)",
		"/a/{member1}(,{member2},…)":             "/a/{members} (list spelt out)",
		"- 不分页:{a}/b- 分页:{a}/b?p=1":              "/{a}/b (no leading slash; sample query; 2 URLs in one cell)",
		"/a (legacy)":                            "/a (words beside the URL)",
		"/{a}/b/{a}":                             "/{a}/b/{a_2}",
		"chat.post":                              "/chat.post (no leading slash)",
		"/":                                      "/",
		"/a//b":                                  "!",
		"/a/../b":                                "!",
		"/a/%2e%2E/b":                            "!",
		"/a/5%":                                  "!",
		"/a/%20b/c.d":                            "/a/%20b/c.d",
		"/a/{}":                                  "!",
		"/a/{b c!}":                              "!",
		"/a or /b":                               "!",
		"":                                       "!",
		"see the manual":                         "!",
		"/a/\"b":                                 "!",
	} {
		p, err := published.PathOf(printed)
		got := p.Template
		if len(p.Mended) > 0 {
			got += " (" + strings.Join(p.Mended, "; ") + ")"
		}
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q is %q, want %q", printed, got, want)
		}
	}
}

func FuzzPathOf(f *testing.F) {
	for _, s := range []string{"/a/{b}", "/a/${b}", "- x:{a}/b- y:{a}/b?p=1", "/a/{m1}(,{m2},…)", "/:a/<b>", "a}{/b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := published.PathOf(s)
		if err != nil {
			return
		}
		again, err := published.PathOf(p.Template)
		if err != nil || again.Template != p.Template || len(again.Mended) > 0 {
			t.Errorf("%q is %q, and that is %q (%v, %v)", s, p.Template, again.Template, again.Mended, err)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add("| URL | Limit |\n|--|--|\n| /a | 5/s |\n\nThe above endpoints share 5 per hour.\n")
	f.Add("接口 | 方法 | URL |\n--|--|--|\n甲 | GET | /a |\n以上一个接口一共 5 次/秒/App Key。\n默认 100 次/秒\n")
	f.Add("The following two endpoints together: 5/s\n<table><tr><th>Path<th>QPS<tr><td>/a<td>5</table>")
	f.Fuzz(func(t *testing.T, s string) {
		raw, _ := table.Read("a.md", []byte(s))
		p, diags := published.Read(raw, published.Options{})
		for i, row := range p.Rows {
			if row.Number != i+1 {
				t.Errorf("row %d stands at %d", row.Number, i)
			}
			if len(row.Rates) == 0 && !row.Unread && !diags.HasErrors() {
				t.Errorf("row %d has no limit, and nothing says so", row.Number)
			}
		}
	})
}
