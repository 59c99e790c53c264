package limit

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// readForeign recognises how other tools write a rate limit; nil for anything else.
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
	return &foreign{
		shape: strconv.Quote(n.Value) + " is a rate", rates: []rate{{digits(m[1]), window}},
	}
}

func digits(text string) string { return strings.NewReplacer("_", "", ",", "").Replace(text) }

// Keys of other tools, in lower case without dashes and underscores.
var (
	amountWords = words(`limit max requests events count maxrequests requestsperunit average calls points rate quota allowed
		maxcalls maxhits hits requestlimit ratelimit threshold tokensperfill`)
	windowWords = words(`window period interval windowms timewindow duration renewalperiod timeframe ttl timeunit unit
		windowsize windowseconds windowsec windowinseconds windowminutes periodseconds periodms intervalms intervalseconds ttlms
		fillinterval refillinterval seconds minutes hours per time every timespan`)
	perWords   = words(`key by scope keyby limitby counterkey identifier keyresolver countby per keys`)
	burstWords = words(`burst burstlimit burstsize`)
	rateWords  = map[string]string{
		"rps": "1s", "requestspersecond": "1s", "persecond": "1s", "second": "1s", "rpm": "1m",
		"requestsperminute": "1m", "perminute": "1m", "minute": "1m", "rph": "1h",
		"requestsperhour": "1h", "perhour": "1h", "hour": "1h", "rpd": "1d", "requestsperday": "1d",
		"perday": "1d", "day": "1d",
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
		s.keys, s.names[key], s.values[key] = append(s.keys, key), n.Content[i].Value,
			deref(n.Content[i+1])
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
			f.notes = append(f.notes, key+" is not a window; the largest unit is a day, as in 30d")
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

// first returns the first of words that is among keys.
func first(keys, words []string) string {
	for _, w := range words {
		if slices.Contains(keys, w) {
			return w
		}
	}
	return ""
}

// firstWindow returns the key that has the window. per counts only if its value is a time.
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

// rateOf reads a quota and its window, and notes what they leave open.
func (f *foreign) rateOf(s *shapeOf, amount, window string) rate {
	r := rate{quota: number(s.values[amount])}
	if m := rateText.FindStringSubmatch(s.values[amount].Value); m != nil && window == "" {
		return rate{digits(m[1]), windowOf(or(m[2], "1")+m[3], "")}
	}
	if r.quota == "" {
		f.notes = append(f.notes, "a quota must be an integer, not "+
			strconv.Quote(s.values[amount].Value))
	}
	if window == "" {
		if amount == "rate" || amount == "ratelimit" || amount == "average" { // these keys mean a rate per second
			r.window = "1s"
			return r
		}
		f.notes = append(f.notes, "the window is left open")
		return r
	}
	text, word := s.values[window].Value, window
	if unit := first(s.keys, words("unit timeunit")); unit != "" && unit != window &&
		number(s.values[window]) != "" {
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

// dimensions maps other tools' names to dimensions.
var dimensions = map[string]string{
	"ip": DimClientIP, "clientip": DimClientIP, "remoteaddr": DimClientIP,
	"binaryremoteaddr": DimClientIP, "remoteaddress": DimClientIP, "sourceip": DimClientIP,
	"address": DimClientIP, "ipaddress": DimClientIP, "useraddress": DimClientIP,
	"user": DimIdentity, "userid": DimIdentity, "account": DimIdentity, "consumer": DimIdentity,
	"identity": DimIdentity, "principal": DimIdentity, "token": DimCredential,
	"apikey": DimCredential, "credential": DimCredential, "authorization": DimCredential,
	"route": DimOperation, "operation": DimOperation, "endpoint": DimOperation,
	"path": DimOperation, "global": "", "all": "", "none": "",
}

// perOf reads what another tool counts separately.
func (f *foreign) perOf(s *shapeOf) {
	key := ""
	for _, w := range perWords {
		if v := s.values[w]; v != nil &&
			(w != "per" || v.Kind == yaml.SequenceNode || windowOf(v.Value, w) == "") {
			key = w
			break
		}
	}
	if key == "" {
		f.notes = append(f.notes, "say in per what is counted separately, [] for one counter of all")
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
			f.notes = append(f.notes, fmt.Sprintf("%s: %s is a key to define under x-rate-limits.keys",
				s.names[key], strconv.Quote(v.Value)))
			return
		}
		if name != "" {
			f.per = append(f.per, name)
		}
	}
	f.perSet = true
}

// toolOf returns the tool that uses a notation.
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
