package ratelimit

import (
	"crypto/sha256"
	"strconv"
)

// AppendKey appends one value to a partition key. The value is prefixed by its length, so that
// ("a", "bc") and ("ab", "c") are different keys whatever bytes the values hold.
func AppendKey(key []byte, value string) []byte {
	key = strconv.AppendInt(key, int64(len(value)), 10)
	key = append(key, ':')
	return append(key, value...)
}

// AppendSecret appends the hash of a value that must not be readable in a key, a log or a status
// line. The empty value means no credential, which has a counter like any other.
func AppendSecret(key []byte, value string) []byte {
	if value == "" {
		return AppendKey(key, "")
	}
	const digits = "0123456789abcdef"
	sum := sha256.Sum256([]byte(value))
	key = append(key, "32:"...)
	for _, b := range sum[:16] {
		key = append(key, digits[b>>4], digits[b&15])
	}
	return key
}
