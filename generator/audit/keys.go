package audit

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/published"
)

// keyring maps a page's phrases to names in per.
type keyring struct {
	given  map[string][]string // by plain phrase
	names  []string            // the spec's
	stated bool                // the page says somewhere what is counted separately
	usual  map[string]string   // the most frequent phrase for each name
	told   map[string]bool
	diags  diag.List
}

// builtin maps phrases, in plain form, to built-in dimensions.
var builtin = map[string][]string{
	limit.DimClientIP:   {"ip", "ipaddress", "clientip", "sourceip", "clientipaddress", "ip地址", "来源ip", "客户端ip"},
	limit.DimCredential: {"token", "accesstoken", "apitoken", "credential", "credentials", "apikey", "oauthtoken", "key", "密钥", "令牌", "app", "appkey", "application", "client", "clientid", "apiclient", "应用"},
	limit.DimIdentity:   {"user", "userid", "account", "customer", "用户", "用户id", "identity", "caller", "developer", "team", "workspace", "organization", "organisation", "账号", "账户"},
	limit.DimOperation:  {"endpoint", "api", "method", "operation", "interface", "接口", "route", "apimethod", "apiendpoint", "resource"},
}

// things are words for the subject of a request. They mean a key of that name, or a parameter.
var things = []struct {
	name  string
	words []string
}{
	{"user", []string{"用户", "user"}}, {"group", []string{"群", "group"}}, {"room", []string{"聊天室", "room"}},
	{"channel", []string{"频道", "channel"}}, {"tenant", []string{"租户", "tenant"}}, {"device", []string{"设备", "device"}},
	{"project", []string{"项目", "project"}}, {"workspace", []string{"workspace"}}, {"organization", []string{"organization", "org"}},
}

// Thing returns the subject of a phrase: "user" for "单用户 ID"; "" if it is unknown.
func Thing(phrase string) string {
	low := strings.ToLower(phrase)
	for _, t := range things {
		if slices.ContainsFunc(t.words, func(w string) bool { return strings.Contains(low, w) }) {
			return t.name
		}
	}
	return ""
}

// filler are words without meaning at the start of phrases.
var filler = []string{"单个", "单", "每个", "每", "each ", "single ", "unique ", "individual ", "the ", "your ", "per "}

// PlainKey reduces a phrase to lower-case letters and digits.
func PlainKey(s string) string {
	s = strings.ToLower(published.OneLine(s))
	for _, f := range filler {
		s = strings.TrimPrefix(s, f)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// BuiltinKeys returns the built-in dimensions that a phrase may mean.
func BuiltinKeys(phrase string) []string {
	var out []string
	for _, name := range []string{limit.DimOperation, limit.DimClientIP, limit.DimIdentity, limit.DimCredential} {
		if slices.Contains(builtin[name], PlainKey(phrase)) {
			out = append(out, name)
		}
	}
	return out
}

func newKeyring(given map[string][]string, api *model.API, page *published.Page) *keyring {
	k := &keyring{given: map[string][]string{}, usual: map[string]string{}, told: map[string]bool{}}
	for phrase, names := range given {
		k.given[PlainKey(phrase)] = names
	}
	for _, key := range api.NamedKeys {
		k.names = append(k.names, key.Name)
	}
	k.count(page)
	return k
}

// count finds the most frequent phrase for each name, so that another one for the same is seen.
func (k *keyring) count(page *published.Page) {
	counts := map[string]int{}
	var phrases []string
	add := func(per []string) {
		for _, phrase := range per {
			k.stated = true
			if counts[phrase]++; counts[phrase] == 1 {
				phrases = append(phrases, phrase)
			}
		}
	}
	for _, row := range page.Rows {
		for _, r := range row.Rates {
			add(r.Per)
		}
	}
	slices.SortStableFunc(phrases, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	for _, phrase := range phrases {
		for _, name := range k.candidates(phrase) {
			if k.usual[name] == "" {
				k.usual[name] = phrase
			}
		}
	}
}

// candidates returns the names that a phrase may mean: those given, else keys of the spec with
// similar spelling and built-in ones.
func (k *keyring) candidates(phrase string) []string {
	plain := PlainKey(phrase)
	if names, ok := k.given[plain]; ok {
		return names
	}
	var out []string
	for _, name := range k.names {
		if alike(plain, PlainKey(name)) || name == Thing(phrase) {
			out = append(out, name)
		}
	}
	out = append(out, BuiltinKeys(phrase)...)
	for _, name := range k.names {
		for _, dim := range []string{limit.DimIdentity, limit.DimClientIP, limit.DimCredential} {
			if slices.Contains(builtin[dim], plain) && slices.Contains(builtin[dim], PlainKey(name)) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// alike reports whether a phrase is a key's name, give or take "key" or "ID" at its end.
func alike(phrase, name string) bool {
	cut := func(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "key"), "id") }
	return phrase == name || cut(phrase) != "" && cut(phrase) == cut(name)
}

// match reports whether a rate's phrases correspond to per, except for the operation, which a row
// implies.
func (k *keyring) match(r published.Rate, per []string) bool {
	if len(r.Per) == 0 && (!k.stated || r.Default) {
		return true
	}
	left := slices.DeleteFunc(slices.Clone(per), func(name string) bool { return name == limit.DimOperation })
	for _, phrase := range r.Per {
		names := k.candidates(phrase)
		if slices.Contains(names, limit.DimOperation) {
			continue
		}
		at := slices.IndexFunc(left, func(name string) bool { return slices.Contains(names, name) })
		if at < 0 {
			return false
		}
		k.unusual(r, phrase, left[at])
		left = slices.Delete(left, at, at+1)
	}
	return len(left) == 0
}

// unusual reports a phrase if most rows use another one for the same name.
func (k *keyring) unusual(r published.Rate, phrase, name string) {
	if _, ok := k.given[PlainKey(phrase)]; ok {
		return
	}
	usual := k.usual[name]
	told := r.Pos.String() + phrase
	if usual == "" || usual == phrase || k.told[told] {
		return
	}
	k.told[told] = true
	k.diags.Warnf(r.Pos, ruleKey, "counted per %q here and per %q in other rows, and the spec has %s for both; if they are one, say --keys %q",
		phrase, usual, name, phrase+"="+name)
}

// unknown returns the first phrase that corresponds to no name of the spec; "" if there is none.
func (k *keyring) unknown(r published.Rate) string {
	for _, phrase := range r.Per {
		if len(k.candidates(phrase)) == 0 {
			return phrase
		}
	}
	return ""
}
