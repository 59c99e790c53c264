package limit

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// IsName reports whether a text may name a limit, a key, a plan or a document.
func IsName(text string) bool { return namePattern.MatchString(text) }

// A foreign limit is one as another tool writes it.
type foreign struct {
	shape  string   // what told it, in words
	rates  []rate   // several where each window has a figure of its own
	per    []string // what is counted apart, as said here
	perSet bool
	burst  string
	notes  []string // what is left open
}

type rate struct{ quota, window string } // "" is open

// Where a value in another tool's shape stands.
type site int

const (
	atOperation site = iota
	atRoot
	inLimits
)

// Equivalent says of a value in another tool's shape how it is written here, at an operation; ""
// for other values.
func Equivalent(n *yaml.Node) string { return equivalent(deref(n), atOperation) }

// EquivalentTable is Equivalent for the root.
func EquivalentTable(n *yaml.Node) string { return equivalent(deref(n), atRoot) }

func equivalent(n *yaml.Node, at site) string {
	if n.Kind == yaml.SequenceNode {
		return listEquivalent(n, at)
	}
	f := readForeign(n)
	if f == nil {
		return ""
	}
	return f.shape + "; " + f.here(at)
}

// Figures is one limit as another tool writes it; what is left open is "".
type Figures struct {
	Quota, Window, Burst string
	Per                  []string
	PerGiven             bool
}

// Foreign reads a value in another tool's shape, and what of it is left open in words. It is nil
// for other values.
func Foreign(n *yaml.Node) ([]Figures, []string) {
	n = deref(n)
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	} else if value(n, "use") != nil || value(n, "variants") != nil {
		return nil, nil
	}
	var out []Figures
	var notes []string
	for _, item := range items {
		f := readForeign(deref(item))
		if f == nil {
			return nil, nil
		}
		for _, r := range f.rates {
			out = append(out, Figures{Quota: r.quota, Window: r.window, Burst: f.burst, Per: f.per, PerGiven: f.perSet})
		}
		notes = append(notes, f.notes...)
	}
	return out, notes
}

// limits writes each rate as a limit of this extension.
func (f *foreign) limits() []string {
	var out []string
	for _, r := range f.rates {
		text := "{quota: " + or(r.quota, "N") + ", window: " + or(r.window, "...")
		if f.burst != "" {
			text += ", burst: " + f.burst
		}
		out = append(out, text+", per: "+f.perText()+"}")
	}
	return out
}

// here says where to write them.
func (f *foreign) here(at site) string {
	text := place(f.limits(), at)
	for _, note := range f.notes {
		text += "; " + note
	}
	return text
}

func place(limits []string, at site) string {
	all := strings.Join(limits, " and ")
	switch {
	case at == inLimits && len(limits) == 1:
		return "here it is " + all
	case at == inLimits:
		return "here they are " + strconv.Itoa(len(limits)) + " limits, " + all
	case at == atRoot && len(limits) == 1:
		return "here it is {version: 1, limits: {NAME: " + all + "}, default: {NAME: 1}}"
	case len(limits) == 1:
		return "define " + all + " under x-rate-limits.limits at the root and name it here"
	}
	return "define " + all + " under x-rate-limits.limits at the root, each by a name, and use them: {NAME: 1, ...}"
}

func (f *foreign) perText() string {
	if !f.perSet {
		return "[...]"
	}
	return "[" + strings.Join(f.per, ", ") + "]"
}

func or(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

// readForeign recognises how other tools write a rate limit; nil when it is none.
func readForeign(n *yaml.Node) *foreign {
	switch n.Kind {
	case yaml.ScalarNode:
		return readRate(n)
	case yaml.MappingNode:
		return readShape(n)
	}
	return nil
}

// rateText is "120/min", "10 per minute", "5-M", "10r/s", "100 requests per 15 minutes".
var rateText = regexp.MustCompile(`^\s*([0-9][0-9_,]*)\s*(?:r|req|reqs|requests?|calls?|hits|times)?\s*(?:/|\bper\b|-|\bin\b|\bevery\b)\s*([0-9]*)\s*([A-Za-z]+)\s*$`)

func readRate(n *yaml.Node) *foreign {
	if n.Tag == "!!int" {
		return &foreign{shape: "a bare number has no window", rates: []rate{{quota: n.Value}}}
	}
	m := rateText.FindStringSubmatch(n.Value)
	if m == nil {
		return nil
	}
	window := windowOf(or(m[2], "1")+m[3], "")
	if window == "" {
		return nil
	}
	return &foreign{shape: strconv.Quote(n.Value) + " is a rate", rates: []rate{{digits(m[1]), window}}}
}

func digits(text string) string { return strings.NewReplacer("_", "", ",", "").Replace(text) }

// The words of other tools, without case, dashes and underscores.
var (
	amountWords = words(`limit max requests events count maxrequests requestsperunit average calls points rate quota allowed
		maxcalls maxhits hits requestlimit ratelimit threshold tokensperfill`)
	windowWords = words(`window period interval windowms timewindow duration renewalperiod timeframe ttl timeunit unit
		windowsize windowseconds windowsec windowinseconds windowminutes periodseconds periodms intervalms intervalseconds ttlms
		fillinterval refillinterval seconds minutes hours per time every timespan`)
	perWords   = words(`key by scope keyby limitby counterkey identifier keyresolver countby per keys`)
	burstWords = words(`burst burstlimit burstsize`)
	rateWords  = map[string]string{
		"rps": "1s", "requestspersecond": "1s", "persecond": "1s", "second": "1s", "rpm": "1m", "requestsperminute": "1m",
		"perminute": "1m", "minute": "1m", "rph": "1h", "requestsperhour": "1h", "perhour": "1h", "hour": "1h",
		"rpd": "1d", "requestsperday": "1d", "perday": "1d", "day": "1d",
	}
)

func words(text string) []string { return strings.Fields(text) }

func bare(key string) string {
	return strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(key))
}

// shapeOf is a mapping by bare keys, with the keys in the order written.
type shapeOf struct {
	keys   []string
	names  map[string]string
	values map[string]*yaml.Node
}

func readShape(n *yaml.Node) *foreign {
	s := shapeOf{names: make(map[string]string), values: make(map[string]*yaml.Node)}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := bare(n.Content[i].Value)
		s.keys, s.names[key], s.values[key] = append(s.keys, key), n.Content[i].Value, deref(n.Content[i+1])
	}
	f := &foreign{}
	used := []string{}
	for _, key := range s.keys {
		if window := rateWords[key]; window != "" && number(s.values[key]) != "" {
			f.rates = append(f.rates, rate{number(s.values[key]), window})
			used = append(used, key)
		}
	}
	if len(f.rates) == 0 {
		amount := first(s.keys, amountWords)
		if amount == "" || s.values[amount].Kind != yaml.ScalarNode {
			return nil
		}
		used = append(used, amount)
		window := firstWindow(&s, amount)
		if window != "" {
			used = append(used, window)
		}
		f.rates = []rate{f.rateOf(&s, amount, window)}
	}
	if b := first(s.keys, burstWords); b != "" {
		f.burst = number(s.values[b])
	}
	f.perOf(&s)
	if v := s.values["enabled"]; v != nil {
		used = append(used, "enabled")
		if v.Value == "false" {
			f.notes = append(f.notes, "enabled: false is use: {}")
		}
	}
	for _, key := range words("month year") {
		if s.values[key] != nil {
			f.notes = append(f.notes, key+" is no window, which is a number of days at most, such as 30d")
		}
	}
	slices.SortFunc(used, func(a, b string) int { return slices.Index(s.keys, a) - slices.Index(s.keys, b) })
	for i := range used {
		used[i] = s.names[used[i]]
	}
	f.shape = "{" + strings.Join(used, ", ") + "} is " + toolOf(&s) + " rate limit"
	if s.values["quota"] != nil && s.values["window"] != nil && f.perSet {
		f.shape = "a limit is defined once and used by its name"
	}
	return f
}

// first is the first of words that stands among keys.
func first(keys, words []string) string {
	for _, w := range words {
		if slices.Contains(keys, w) {
			return w
		}
	}
	return ""
}

// firstWindow is the key that holds the window. per is one only where it holds a time.
func firstWindow(s *shapeOf, amount string) string {
	for _, w := range windowWords {
		v := s.values[w]
		if v == nil || w == amount || v.Kind != yaml.ScalarNode {
			continue
		}
		if w == "per" && windowOf(v.Value, w) == "" {
			continue
		}
		return w
	}
	return ""
}

// rateOf reads a figure and its window, and notes what they leave open.
func (f *foreign) rateOf(s *shapeOf, amount, window string) rate {
	r := rate{quota: number(s.values[amount])}
	if m := rateText.FindStringSubmatch(s.values[amount].Value); m != nil && window == "" {
		return rate{digits(m[1]), windowOf(or(m[2], "1")+m[3], "")}
	}
	if r.quota == "" {
		f.notes = append(f.notes, "a quota is a whole number, not "+strconv.Quote(s.values[amount].Value))
	}
	if window == "" {
		if amount == "rate" || amount == "ratelimit" || amount == "average" { // a second, wherever it is said at all
			r.window = "1s"
			return r
		}
		f.notes = append(f.notes, "the window is left open")
		return r
	}
	text, word := s.values[window].Value, window
	if unit := first(s.keys, words("unit timeunit")); unit != "" && unit != window && number(s.values[window]) != "" {
		text += s.values[unit].Value
	}
	if n, err := strconv.ParseInt(digits(text), 10, 64); err == nil && n >= 1000 && n%1000 == 0 && unitless(word) {
		r.window = fmt.Sprintf("%ds", n/1000)
		f.notes = append(f.notes, fmt.Sprintf("%s: %s is read as milliseconds; if it is seconds, the window is %ds", s.names[window], text, n))
		return r
	}
	r.window = windowOf(text, word)
	if r.window == "" {
		f.notes = append(f.notes, fmt.Sprintf("a window is whole seconds, minutes, hours or days, which %s: %s is not", s.names[window], strconv.Quote(text)))
	}
	return r
}

// unitless reports whether a number under a word may be seconds or milliseconds.
func unitless(word string) bool {
	return slices.Contains(words("window period interval timewindow duration timeframe ttl per time every timespan"), word)
}

func number(n *yaml.Node) string {
	text := digits(n.Value)
	if v, err := strconv.ParseInt(text, 10, 64); err == nil && n.Kind == yaml.ScalarNode && v > 0 {
		return strconv.FormatInt(v, 10)
	}
	return ""
}

var (
	timeText    = regexp.MustCompile(`^\s*([0-9]*)\s*([A-Za-z]*)\s*$`)
	isoDuration = regexp.MustCompile(`^P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?$`)
	timeUnits   = map[string]int64{
		"s": 1000, "sec": 1000, "second": 1000, "m": 60_000, "min": 60_000, "minute": 60_000,
		"h": 3_600_000, "hr": 3_600_000, "hour": 3_600_000, "d": 86_400_000, "day": 86_400_000, "w": 7 * 86_400_000, "week": 7 * 86_400_000,
		"ms": 1, "msec": 1, "milli": 1, "millisecond": 1,
	}
)

// windowOf writes a time as a window is written here; "" where that cannot be. word is the key that
// it stands under, which may say the unit.
func windowOf(text, word string) string {
	if m := isoDuration.FindStringSubmatch(text); m != nil && len(text) > 2 {
		total := int64(0)
		for i, unit := range []int64{86400, 3600, 60, 1} {
			n, _ := strconv.ParseInt(or(m[i+1], "0"), 10, 32)
			total += n * unit
		}
		return window(total * 1000)
	}
	m := timeText.FindStringSubmatch(strings.TrimPrefix(strings.ToLower(text), "per "))
	if m == nil || m[1] == "" && m[2] == "" {
		return ""
	}
	n, err := strconv.ParseInt(or(m[1], "1"), 10, 32)
	if err != nil {
		return ""
	}
	unit := timeUnits[m[2]]
	if unit == 0 {
		unit = timeUnits[strings.TrimSuffix(m[2], "s")]
	}
	switch {
	case m[2] == "" && strings.HasSuffix(word, "ms"):
		unit = 1
	case m[2] == "" && strings.Contains(word, "minute"):
		unit = 60_000
	case m[2] == "" && strings.Contains(word, "hour"):
		unit = 3_600_000
	case m[2] == "":
		unit = 1000
	}
	if kept := strings.TrimLeft(m[1], "0"); unit != 0 && unit%1000 == 0 && kept != "" {
		if letter := map[int64]string{1000: "s", 60_000: "m", 3_600_000: "h", 86_400_000: "d"}[unit]; letter != "" && n*unit/1000 <= 1000*86400 {
			return kept + letter
		}
	}
	return window(n * unit)
}

// window writes milliseconds as a window; "" where they are none.
func window(ms int64) string {
	seconds := ms / 1000
	if ms <= 0 || ms%1000 != 0 || seconds > 1000*86400 {
		return ""
	}
	for _, u := range []struct {
		letter  string
		seconds int64
	}{{"d", 86400}, {"h", 3600}, {"m", 60}} {
		if seconds == u.seconds {
			return "1" + u.letter
		}
	}
	return strconv.FormatInt(seconds, 10) + "s"
}

// dimensions are what other tools call the dimensions of here.
var dimensions = map[string]string{
	"ip": DimClientIP, "clientip": DimClientIP, "remoteaddr": DimClientIP, "binaryremoteaddr": DimClientIP, "remoteaddress": DimClientIP,
	"sourceip": DimClientIP, "address": DimClientIP, "ipaddress": DimClientIP, "useraddress": DimClientIP,
	"user": DimIdentity, "userid": DimIdentity, "account": DimIdentity, "consumer": DimIdentity, "identity": DimIdentity, "principal": DimIdentity,
	"token": DimCredential, "apikey": DimCredential, "credential": DimCredential, "authorization": DimCredential,
	"route": DimOperation, "operation": DimOperation, "endpoint": DimOperation, "path": DimOperation,
	"global": "", "all": "", "none": "",
}

// perOf reads what another tool counts apart.
func (f *foreign) perOf(s *shapeOf) {
	key := ""
	for _, w := range perWords {
		if v := s.values[w]; v != nil && (w != "per" || v.Kind == yaml.SequenceNode || windowOf(v.Value, w) == "") {
			key = w
			break
		}
	}
	if key == "" {
		f.notes = append(f.notes, "say in per what is counted apart, [] for one counter of all")
		return
	}
	values := []*yaml.Node{s.values[key]}
	if values[0].Kind == yaml.SequenceNode {
		values = values[0].Content
	}
	for _, v := range values {
		name, ok := dimensions[bare(strings.TrimLeft(v.Value, "$"))]
		if !ok {
			f.per, f.perSet = nil, false
			f.notes = append(f.notes, fmt.Sprintf("%s: %s is a key to define under x-rate-limits.keys", s.names[key], strconv.Quote(v.Value)))
			return
		}
		if name != "" {
			f.per = append(f.per, name)
		}
	}
	f.perSet = true
}

// toolOf names the tool that a shape is known from.
func toolOf(s *shapeOf) string {
	has := func(keys ...string) bool {
		return !slices.ContainsFunc(keys, func(k string) bool { return s.values[k] == nil })
	}
	milliseconds := func(key string) bool { return has(key) && len(number(s.values[key])) > 3 }
	switch {
	case has("events", "window"):
		return "Redocly's"
	case has("max", "windowms"), has("max") && milliseconds("window"):
		return "express-rate-limit's"
	case has("limit", "ttl"):
		return "NestJS's"
	case has("max", "timewindow"):
		return "Fastify's"
	case has("requestsperunit"):
		return "Envoy's rate limit service's"
	case has("calls", "renewalperiod"):
		return "Azure API Management's"
	case has("count", "timewindow"):
		return "APISIX's"
	case has("points", "duration"):
		return "rate-limiter-flexible's"
	case has("average"):
		return "Traefik's"
	case has("ratelimit", "burstlimit"):
		return "AWS API Gateway's"
	case has("second"), has("minute"), has("hour"), has("day"):
		return "Kong's"
	}
	return "another tool's"
}

// listEquivalent says how what stands in a list is written here.
func listEquivalent(n *yaml.Node, at site) string {
	names, limits := []string{}, []string{}
	for _, item := range n.Content {
		item = deref(item)
		if item.Kind == yaml.ScalarNode && IsName(item.Value) {
			names = append(names, item.Value+": 1")
			continue
		}
		if f := readForeign(item); f != nil {
			limits = append(limits, f.limits()...)
		}
	}
	switch {
	case len(n.Content) > 0 && len(names) == len(n.Content) && at == atOperation:
		return "a list is no use of limits; write {use: {" + strings.Join(names, ", ") + "}}"
	case len(limits) > 0:
		return "a list of limits is another tool's; " + place(limits, at)
	}
	return ""
}
