package redisstore

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// readable is the longest text that appears verbatim in a key's name.
const readable = 40

// word makes any text a short part of a key's name. Text that is long, or has characters other than
// a few harmless ones, is replaced by 128 bits of its hash behind a sign that no readable word has.
// So no two texts share a name, no value ends a hash tag or begins another name, and names are
// never longer than about 150 bytes.
func word(text string) string {
	if len(text) <= readable && strings.IndexFunc(text, unsafeRune) < 0 {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return "#" + base64.RawURLEncoding.EncodeToString(sum[:16])
}

func unsafeRune(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_.:@", r)
}

// tagOf returns the part of a partition key that decides where its counter lives: the leading
// values that the keys of all limits have in common. All counters of one request then have one tag,
// so one script can see them all, and different tags spread over the nodes of a cluster. Without
// common values the tag is empty: all counters of the API are on one node.
func tagOf(key string, parts int) (tag, rest string) {
	at := 0
	for range parts {
		length, size, ok := strings.Cut(key[at:], ":")
		n, err := strconv.Atoi(length)
		if !ok || err != nil || n < 0 || n > len(size) {
			break
		}
		at += len(length) + 1 + n
	}
	return key[:at], key[at:]
}

// nameOf returns the name of the key of one counter. kind is r, u, b, c (see decideScript) or f,
// for a fleet's counter. The name contains the window because the stored value depends on it.
func nameOf(prefix string, kind byte, limit *ratelimit.Limit, key string) string {
	return string(appendName(nil, prefix, kind, limit, key))
}

func appendName(b []byte, prefix string, kind byte, limit *ratelimit.Limit, key string) []byte {
	tag, rest := tagOf(key, limit.Common)
	b = append(b, prefix...)
	b = append(b, word(limit.API)...)
	b = append(b, '{')
	b = append(b, tagWord(tag)...)
	b = append(b, '}', kind)
	b = strconv.AppendInt(b, int64(limit.Window/time.Second), 10)
	if part := limit.Window % time.Second; part != 0 { // of a client's window in place of a bucket
		b = strconv.AppendInt(append(b, '.'), int64(part), 10)
	}
	b = append(b, '/')
	b = append(b, word(limit.Name)...)
	if rest != "" {
		b = append(b, '/')
		b = append(b, word(rest)...)
	}
	return b
}

// tagWord is never empty, because Redis ignores an empty hash tag.
func tagWord(tag string) string {
	if tag == "" {
		return "-"
	}
	return word(tag)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
