package published

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/table"
	"github.com/limitgen/limitgen/generator/table/rate"
)

// The roles of columns.
const (
	RoleTitle    = "title"
	RoleMethod   = "method"
	RoleURL      = "url"
	RoleEndpoint = "endpoint" // method and URL in one cell
	RoleLimit    = "limit"
	RoleWindow   = "window"
	RoleUnit     = "unit"
	RoleKey      = "key"
	RoleBurst    = "burst"
	RoleIgnore   = "ignore"
)

// Roles lists the roles of columns, in the order of the help.
var Roles = []string{RoleTitle, RoleMethod, RoleURL, RoleEndpoint, RoleLimit, RoleWindow, RoleUnit, RoleKey, RoleBurst, RoleIgnore}

// headers maps words in headers to roles.
var headers = map[string][]string{
	RoleMethod: {"方法", "请求方法", "请求方式", "method", "http method", "http 方法", "verb", "http verb", "request method"},
	RoleURL: {
		"接口 url", "url", "uri", "path", "route", "request url", "request uri", "请求地址", "接口地址", "路径", "接口路径", "请求路径", "api path", "url path", "地址",
		"endpoint url", "resource path", "resource uri",
	},
	RoleEndpoint: {"endpoint", "endpoints", "api endpoint", "api endpoints", "resource", "request", "http request", "api route", "routes"},
	RoleTitle: {
		"rest api 接口", "api 接口", "接口", "接口名称", "接口名", "名称", "name", "title", "operation", "operations", "api", "api name", "apis", "功能", "action",
		"call", "function", "operation name", "method name", "feature", "api method",
	},
	RoleWindow: {"window", "time window", "period", "time period", "interval", "time span", "timeframe", "duration", "时间窗口", "周期", "时间", "window of time"},
	RoleUnit:   {"unit", "units", "单位"},
	RoleKey:    {"key", "per", "scope", "limited by", "limit by", "applies to", "applied per", "counted per", "granularity", "维度", "限制维度", "粒度", "限流维度", "limit key", "throttle scope"},
	RoleIgnore: {
		"note", "notes", "备注", "说明", "remark", "remarks", "comment", "comments", "description", "描述", "details", "category", "module", "模块", "分类", "group",
		"section", "example", "examples", "#", "no.", "序号", "编号", "row",
	},
}

// limitWords are parts of the headers of columns with rates.
var limitWords = []string{"频率", "限频", "频控", "限流", "限速", "限制", "limit", "rate", "quota", "throttl", "qps", "rps", "rpm", "配额", "tier", "并发", "concurren"}

var burstWords = []string{"burst", "突发"}

// column is a column of a table.
type column struct {
	role    string
	form    rate.Form // for RoleLimit: what its header says
	chosen  bool      // the options say the role
	guessed bool      // its content says the role, and its header nothing
}

// withHeader returns a table whose first row is data, without a header, as one whose columns have no
// names: a page may print its rows alone, and its first row stands where a header would.
func withHeader(t *table.Table) *table.Table {
	if !slices.ContainsFunc(t.Header, isData) {
		return t
	}
	out := *t
	out.Header = make([]table.Cell, len(t.Header))
	for i, h := range t.Header {
		out.Header[i].Pos = h.Pos
	}
	out.Rows = slices.Concat([]table.Row{{Cells: t.Header, Pos: t.Pos}}, t.Rows)
	return &out
}

// isData reports whether a cell where a header should be is an operation or a rate.
func isData(c table.Cell) bool {
	text := OneLine(c.Text)
	if endpointCell.MatchString(text) || urlCell.MatchString(text) {
		return true
	}
	rates, err := rate.Parse(text, rate.Form{})
	return err == nil && !slices.ContainsFunc(rates, func(r rate.Rate) bool { return r.Unlimited })
}

// plainHeader normalises a header like the words above.
func plainHeader(s string) string {
	s = strings.NewReplacer("*", "", "`", "", "_", " ", "（", "(", "）", ")").Replace(strings.ToLower(OneLine(s)))
	return strings.Trim(s, " :：")
}

// columns determines the roles of a table's columns: by the options, by their headers, or else by their content.
func (r *reader) columns(t *table.Table) []column {
	out := make([]column, len(t.Header))
	for i, h := range t.Header {
		if role, ok := r.chosen(h.Text); ok {
			out[i].role, out[i].chosen = role, true
		} else {
			out[i].role = roleOf(plainHeader(h.Text))
		}
		if out[i].role == "" || out[i].role == RoleEndpoint || out[i].role == RoleTitle {
			if role := byContent(t, i); role != "" {
				out[i].guessed = out[i].role == "" && h.Text != ""
				out[i].role = role
			}
		}
		out[i].form, _ = rate.Header(h.Text)
	}
	onlyOne(out, RoleTitle)
	return out
}

// doubtful reports columns of which a limit may be lost, or count that should not: one that is not
// read by its name and has a rate, and one of rates beside another that only its content tells.
func (r *reader) doubtful(t *table.Table, columns []column) {
	rates := 0
	for _, c := range columns {
		if c.role == RoleLimit {
			rates++
		}
	}
	for i, c := range columns {
		header := OneLine(t.Header[i].Text)
		switch {
		case c.role == RoleIgnore && !c.chosen:
			for _, row := range t.Rows {
				if cell := row.Cells[i]; len(rate.Find(cell.Text)) > 0 {
					r.diags.Warnf(cell.Pos, RuleUnread, "a rate is in the column %q, which is not read; say what it is with --columns, such as %q", header, header+"=ignore")
				}
			}
		case c.role == RoleLimit && c.guessed && rates > 1:
			r.diags.Warnf(t.Header[i].Pos, RuleUnread,
				"the column %q is read as a further limit of each row, since it has rates; if these are other callers', say %q with --columns", header, header+"=ignore")
		}
	}
}

// chosen returns the role that the options give to a column.
func (r *reader) chosen(header string) (string, bool) {
	for _, name := range sorted(r.options.Columns) {
		if plainHeader(name) == plainHeader(header) {
			r.used[name] = true
			return r.options.Columns[name], true
		}
	}
	return "", false
}

func roleOf(header string) string {
	for _, role := range Roles {
		if slices.Contains(headers[role], header) {
			return role
		}
	}
	if containsAny(header, burstWords) {
		return RoleBurst
	}
	if f, ok := rate.Header(header); ok || containsAny(header, limitWords) || strings.HasPrefix(header, "per ") && len(f.Per) > 0 {
		return RoleLimit
	}
	if strings.Contains(header, "接口") {
		return RoleTitle
	}
	// "Method (HTTP)" is a method, and "URL 路径" a URL.
	bare := strings.TrimSpace(strings.SplitN(header, "(", 2)[0])
	if bare != header && bare != "" {
		return roleOf(bare)
	}
	return ""
}

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

var (
	methodCell   = regexp.MustCompile(`^(?i:GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)$`)
	endpointCell = regexp.MustCompile("^`?(?i:GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)`?[:\\s]+`?\\S*/\\S*`?$")
	urlCell      = regexp.MustCompile("^`?(https?://|/|\\{)\\S*`?$")
)

// byContent returns the role that fits more than half of a column's cells; "" if there is none.
func byContent(t *table.Table, i int) string {
	count := map[string]int{}
	for _, row := range t.Rows {
		text := OneLine(row.Cells[i].Text)
		switch {
		case methodCell.MatchString(text):
			count[RoleMethod]++
		case endpointCell.MatchString(text):
			count[RoleEndpoint]++
		case urlCell.MatchString(text):
			count[RoleURL]++
		default:
			if _, err := rate.Parse(text, rate.Form{}); err == nil {
				count[RoleLimit]++
			}
		}
	}
	for _, role := range []string{RoleMethod, RoleEndpoint, RoleURL, RoleLimit} {
		if 2*count[role] > len(t.Rows) {
			return role
		}
	}
	return ""
}

// onlyOne keeps the first column of a role; later ones are additions to it.
func onlyOne(columns []column, role string) {
	found := false
	for i := range columns {
		if columns[i].role != role {
			continue
		}
		if found {
			columns[i].role = RoleIgnore
		}
		found = true
	}
}

func has(columns []column, roles ...string) bool {
	return slices.ContainsFunc(columns, func(c column) bool { return slices.Contains(roles, c.role) })
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
