// Package words finds extensions that are not read: limitgen's own ones that are misspelt or
// misplaced, which would silently leave an API unlimited, and other tools' extensions about rate
// limits.
package words

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/naming"
)

// place is a kind of object in an OpenAPI document.
type place string

// The places with extensions of ours, and some without. Other places have the name that messages
// use.
const (
	atRoot      place = "the root"
	atItem      place = "a path item"
	atOperation place = "an operation"
	atParameter place = "a parameter"
	atPaths     place = "paths"
	atSchema    place = "a schema"
	sentItem    place = "a path item of a callback or webhook, which is a request that this API sends"
	sent        place = "an operation of a callback or webhook, which is a request that this API sends"
)

// in returns the place with its preposition.
func (p place) in() string {
	switch {
	case p == atRoot:
		return "at the root"
	case strings.HasPrefix(string(p), "a ") || strings.HasPrefix(string(p), "an "):
		return "on " + string(p)
	}
	return "in " + string(p)
}

// A word is an extension that is read.
type word struct {
	name   string
	places []place
	stands string // its place, for messages
	// slips is how many letters a misspelling may be off; 0 for a word that is so short that
	// foreign words are near it.
	slips int
}

var known = []word{
	{"x-rate-limits", []place{atRoot}, "once, at the root", 2},
	{"x-rate-limit", []place{atItem, atOperation, sent}, "on an operation or a path item", 2},
	{"x-client", []place{atRoot, atOperation}, "at the root and on operations", 1},
	{"x-server", []place{atRoot}, "at the root", 1},
	{"x-title", []place{atOperation}, "on an operation", 1},
	{"x-deprecated-names", []place{atOperation}, "on an operation", 2},
	{"x-grpc-method", []place{atOperation}, "on an operation", 1},
	{"x-list", []place{atParameter, atSchema}, "on a parameter or a schema", 0},
}

// unlike are foreign words that look like a misspelling of ours.
var unlike = []string{
	"x-tile", "x-tiles", "x-titled", "x-clients", "x-servers", "x-serves", "x-serve", "x-served",
}

// keysOf are the keys of our words that foreign ones resemble: a mapping with one of these keys is
// ours.
var keysOf = map[string][]string{
	"x-client": {"scope", "token", "error", "page", "parts", "idempotent"},
	"x-server": {"trailing-slash", "assume-json"},
}

// disguised returns our word for a key in unlike whose value has our keys, so that it is a
// misspelling after all.
func disguised(key string, value *yaml.Node, at place) *word {
	if value.Kind != yaml.MappingNode || !slices.Contains(unlike, strings.ToLower(key)) {
		return nil
	}
	for name, keys := range keysOf {
		w := named(name)
		if naming.Distance(strings.ToLower(key), name) > w.slips || !w.in(at) {
			continue
		}
		for i := 0; i+1 < len(value.Content); i += 2 {
			if slices.Contains(keys, value.Content[i].Value) {
				return w
			}
		}
	}
	return nil
}

// named finds a word by its name.
func named(key string) *word {
	for i := range known {
		if known[i].name == key {
			return &known[i]
		}
	}
	return nil
}

// plain returns a key as a reader sees it: text that is copied from a page or typed on another
// keyboard holds dashes, spaces and letters of the same look, and characters without one.
func plain(key string) string {
	return strings.Map(func(r rune) rune {
		switch at := strings.IndexRune(lookalikes[0], r); {
		case r < utf8.RuneSelf:
			return r
		case at >= 0:
			return rune(lookalikes[1][utf8.RuneCountInString(lookalikes[0][:at])])
		case unicode.Is(unicode.Pd, r) || r == '\u2212': // a minus sign
			return '-'
		case r >= '\uff01' && r <= '\uff5e': // full width
			return r - 0xfee0
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Mn, unicode.Variation_Selector):
			return -1
		}
		return r
	}, key)
}

// lookalikes are Cyrillic and Greek letters, and the Latin ones that they look like.
var lookalikes = [2]string{"хаеіосрѕтмХАЕІОСРТМ×χιο", "xaeiocpstmXAEIOCPTMxxio"}

// meant returns the word that a key misspells; nil if there is none.
func meant(key string) *word {
	key = strings.TrimSpace(plain(key))
	core, extension := coreOf(key)
	if core == "" || len(key) > 40 || slices.Contains(unlike, strings.ToLower(key)) {
		return nil
	}
	for i := range known {
		w := &known[i]
		own, _ := coreOf(w.name)
		switch {
		case naming.Alike(core, own):
			if extension || strings.HasPrefix(own, "rate") {
				return w
			}
		case extension && w.slips > 0 && naming.Distance(strings.ToLower(core), own) <= w.slips:
			return w
		}
	}
	if extension && limiting(core) {
		return named("x-rate-limit")
	}
	return nil
}

// coreOf returns a key without its extension prefix.
func coreOf(key string) (core string, extension bool) {
	lower := strings.ToLower(key)
	for _, prefix := range []string{"x-", "x_", "x.", "x "} {
		if strings.HasPrefix(lower, prefix) {
			return key[len(prefix):], true
		}
	}
	if strings.HasPrefix(lower, "xrate") || strings.HasPrefix(lower, "xclient") {
		return key[1:], true
	}
	return key, false
}

// limiting reports whether a word is a form of "rate limit".
func limiting(core string) bool {
	return slices.ContainsFunc([]string{"rate-limiting", "rate-limiter", "rate-limited", "rate-limitation", "ratelimitting"}, func(form string) bool {
		return naming.Alike(core, form)
	})
}

// in reports whether a word is read at a place.
func (w *word) in(at place) bool { return slices.Contains(w.places, at) }

// kin returns the word that a misplaced one may be meant as: the two about limits are easily
// confused.
func (w *word) kin(at place) *word {
	if !strings.HasPrefix(w.name, "x-rate") {
		return nil
	}
	for i := range known {
		if strings.HasPrefix(known[i].name, "x-rate") && known[i].in(at) {
			return &known[i]
		}
	}
	return nil
}
