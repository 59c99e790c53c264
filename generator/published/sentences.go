package published

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/table"
	"github.com/limitgen/limitgen/generator/table/rate"
)

// sentence is one sentence of a text and what it refers to.
type sentence struct {
	text   string
	in     *table.Text
	from   int // its position in the text, in characters
	offset int // position of its first word
	rates  []rate.Found
	refers bool // it refers to rows
	below  bool // those rows are below it
	count  int  // number of those rows; 0 if it does not say
	shared bool
	each   bool
	all    bool // it is about all operations
	usual  bool // it states the default
}

func (s *sentence) pos() diag.Position { return s.in.At(s.offset) }

const (
	things  = `(?:endpoints?|apis?|api (?:endpoints?|calls?|methods?|operations?|requests?)|methods?|operations?|interfaces?|calls?|requests?|routes?|resources?)`
	counted = `(?:(\d+|two|three|four|five|six|seven|eight|nine|ten) )`
)

var (
	upZH    = regexp.MustCompile(`(?:以上|上述|前述|上面|上表)(?:的)?\s*(\d+|[一二两三四五六七八九十]+)?\s*(?:个|条|项|种|类)?\s*(?:接口|api|请求|操作|方法)`)
	downZH  = regexp.MustCompile(`(?:以下|下列|下述|下面)(?:的)?\s*(\d+|[一二两三四五六七八九十]+)?\s*(?:个|条|项|种|类)?\s*(?:接口|api|请求|操作|方法)`)
	upEN    = regexp.MustCompile(`\b(?:(?:the )?(?:above|preceding|previous) ` + counted + `?` + things + `|the ` + counted + things + ` above|(?:these|both|all of these) ` + counted + `?(?:of )?` + things + `?|the ` + counted + `above|` + counted + things + ` above)`)
	downEN  = regexp.MustCompile(`\b(?:the )?(?:following ` + counted + `?` + things + `|` + counted + things + ` below)`)
	sharing = regexp.MustCompile(`一共|共 ?\d|总调用|总频率|总的|总限|共限|共用|共享|总共|合计|总计|共计|总和|together|\bshares?\b|\bshared\b|combined|in total|jointly|altogether|collectively|aggregate`)
	overall = regexp.MustCompile(`\b(?:all|any)(?: of)?(?: the| these| our)? (?:other )?` + things + `|(?:所有|全部)(?:的)?\s*(?:接口|api|请求)|\bglobal(?:ly)?\b|\bin total\b`)
	apart   = regexp.MustCompile(`各|分别|均为|均是|每个接口|单个接口|\beach\b|\bevery\b|individually|separately|respectively`)
	usually = regexp.MustCompile(`默认(?:为|是|限制|值为)|限制默认|默认.{0,10}(?:限制|频率)|by default|\bdefault\b|unless (?:otherwise |it is )?(?:stated|noted|specified|documented|indicated)|除.*(?:外|以外)`)
	ends    = regexp.MustCompile(`[。！!；;\n]|[.?]\s|[.?]$`)
)

// text reads the sentences of a text.
func (r *reader) text(t *table.Text) {
	offset := 0
	rest := t.Text
	for rest != "" {
		end := len(rest)
		if at := ends.FindStringIndex(rest); at != nil {
			end = at[1]
		}
		r.sentence(t, rest[:end], offset)
		offset += utf8.RuneCountInString(rest[:end])
		rest = rest[end:]
	}
	if t.Row && !r.understood(t.Text) {
		r.diags.Warnf(t.Pos, RuleUnread, "the row %q has one cell only and is read as a heading", OneLine(t.Text))
	}
}

// understood reports whether a row of one cell is a sentence about limits.
func (r *reader) understood(text string) bool {
	low := strings.ToLower(text)
	return sharing.MatchString(low) || len(rate.Find(text)) > 0
}

// code reports tables in a block of code, which Markdown does not show as tables.
func (r *reader) code(t *table.Text) {
	if len(rate.Find(t.Text)) > 0 && strings.Contains(t.Text, "|") {
		r.diags.Warnf(t.Pos, RuleUnread, "a rate is in a block of code, which is not read")
	}
}

func (r *reader) sentence(t *table.Text, text string, offset int) {
	s := understand(t, text, offset)
	switch {
	case rate.Negative(text):
		r.diags.Errorf(s.pos(), RuleUnread, "the sentence %q has a rate that cannot be read: a number in it is less than 0", OneLine(text))
	case rate.Ambiguous(text) != "":
		r.diags.Errorf(s.pos(), RuleUnread, "the sentence %q has a rate that cannot be read: %s", OneLine(text), rate.Ambiguous(text))
	case s.refers && (s.shared && len(s.rates) != 1 || len(s.rates) == 1 && s.shared == s.each):
		r.vague(s)
	case s.usual && len(s.rates) == 0 && rate.Amount(text):
		r.diags.Errorf(s.pos(), RuleUnread, "the sentence %q is about a default, but no rate in it can be read", OneLine(text))
	case s.refers && len(s.rates) == 1:
		if s.below {
			r.pending = s
			return
		}
		r.about(s, r.above)
	case len(s.rates) == 0:
	case s.all && s.shared && !s.usual && len(s.rates) == 1:
		r.global = append(r.global, r.statement(s))
	case s.usual && len(s.rates) == 1 && !s.refers:
		r.usual(s)
	default:
		r.diags.Warnf(s.pos(), RuleUnread, "the sentence %q has a rate and is not understood: it names neither rows above or below it nor a default", OneLine(text))
	}
}

// vague reports a sentence that mentions rows but not their limit. They are known to have one.
func (r *reader) vague(s *sentence) {
	if len(s.rates) == 1 {
		r.diags.Errorf(s.pos(), RuleUnread, "the sentence %q does not say whether rows share the rate or have it each", OneLine(s.text))
	} else {
		r.diags.Errorf(s.pos(), RuleUnread, "the sentence %q is about a rate that rows share, but %s", OneLine(s.text), noRate(s.rates))
	}
	for _, row := range r.above {
		row.Unread = row.Unread || len(row.Rates) == 0
	}
}

func noRate(found []rate.Found) string {
	if len(found) == 0 {
		return "no rate in it can be read"
	}
	return "it has several rates"
}

// understand finds what a sentence refers to.
func understand(t *table.Text, text string, offset int) *sentence {
	s := &sentence{text: strings.TrimSpace(text), in: t, from: offset, rates: rate.Find(text)}
	s.offset = offset + utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " \n"))
	low := OneLine(strings.ToLower(text))
	for _, e := range []*regexp.Regexp{downZH, downEN, upZH, upEN} {
		m := e.FindStringSubmatch(low)
		if m == nil {
			continue
		}
		s.refers, s.below = true, e == downZH || e == downEN
		for _, g := range m[1:] {
			if g != "" {
				s.count = countOf(g)
			}
		}
	}
	s.shared = sharing.MatchString(low)
	s.all = overall.MatchString(low)
	s.each = !s.shared && apart.MatchString(low)
	s.usual = usually.MatchString(low)
	return s
}

var counts = map[string]int{
	"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}

// countOf reads a number in words or digits; those from eleven on are composed: 十二, 二十.
func countOf(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	if n, ok := counts[s]; ok {
		return n
	}
	tens, ones, found := strings.Cut(s, "十")
	if !found {
		return -1
	}
	n := 10
	if tens != "" {
		n *= counts[tens]
	}
	return n + counts[ones]
}

// usual records the default.
func (r *reader) usual(s *sentence) {
	one := r.statement(s)
	if d := r.page.Default; d != nil && d.String() != one.String() {
		r.diags.Errorf(s.pos(), RuleUnread, "%q is a second default; the first is at line %d", OneLine(s.text), d.Pos.Line)
		return
	}
	r.page.Default = &one
}

func (r *reader) statement(s *sentence) Statement {
	f := s.rates[0]
	return Statement{Rate: Rate{Rate: f.Rate, Pos: s.in.At(s.from + f.Start)}, Text: s.text}
}

// applyPending applies a sentence above a table to the table's rows.
func (r *reader) applyPending(rows []*Row) {
	if s := r.pending; s != nil {
		r.pending = nil
		if s.count > 0 && s.count < len(rows) {
			rows = rows[:s.count]
		}
		r.about(s, rows)
	}
}

// about gives rows the rate of a sentence about them.
func (r *reader) about(s *sentence, rows []*Row) {
	if !s.below && s.count > 0 && s.count < len(rows) && !r.lacks {
		rows = rows[len(rows)-s.count:]
	}
	if len(rows) == 0 {
		r.diags.Errorf(s.pos(), RuleUnread, "the sentence %q is about rows, but there are none", OneLine(s.text))
		return
	}
	if s.count != 0 && s.count != len(rows) {
		r.diags.Errorf(s.pos(), RuleUnread, "the sentence %q is about %d rows, but the table has %d", OneLine(s.text), s.count, len(rows))
	}
	one := r.statement(s)
	if s.shared {
		r.share(one, rows)
		return
	}
	for _, row := range rows {
		row.Rates = append(row.Rates, one.Rate)
		row.Each = true
	}
}

// share makes rows share a rate.
func (r *reader) share(one Statement, rows []*Row) {
	pool := &Pool{Statement: one, Rows: rows}
	r.page.Pools = append(r.page.Pools, pool)
	shared := one.Rate
	shared.Pool = pool
	for _, row := range rows {
		row.Rates = append(row.Rates, shared)
	}
}

// shareAll makes all rows share the rates that the page states for all operations together.
func (r *reader) shareAll() {
	for _, one := range r.global {
		r.share(one, r.page.Rows)
	}
}
