package runtime

import (
	"crypto/sha256"
	"strconv"
)

// appendKey adds one value to a partition key. The length stands before the value,
// so that ("a", "bc") and ("ab", "c") are different keys whatever bytes the values hold.
func appendKey(key []byte, value string) []byte {
	key = strconv.AppendInt(key, int64(len(value)), 10)
	key = append(key, ':')
	return append(key, value...)
}

// appendSecret adds a value that must not be readable in a key, a log or a status line.
// No credential is the empty value, a counter like any other.
func appendSecret(key []byte, value string) []byte {
	if value == "" {
		return appendKey(key, "")
	}
	const digits = "0123456789abcdef"
	sum := sha256.Sum256([]byte(value))
	key = append(key, "32:"...)
	for _, b := range sum[:16] {
		key = append(key, digits[b>>4], digits[b&15])
	}
	return key
}

// key builds the partition key of one rate.
func (v *view) key(buffer []byte, dimensions []dimension) []byte {
	for i := range dimensions {
		switch d := &dimensions[i]; d.kind {
		case dimOperation:
			buffer = appendKey(buffer, v.op.counter)
		case dimCredential:
			buffer = appendSecret(buffer, v.credential)
		case dimClientIP:
			buffer = appendKey(buffer, v.clientIP)
		case dimIdentity:
			buffer = appendSecret(buffer, v.identity)
		default:
			buffer = appendKey(buffer, v.value(&d.expr))
		}
	}
	return buffer
}
