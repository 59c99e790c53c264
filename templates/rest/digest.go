package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// The RateLimit header shows a digest of the partition key: 8 bytes of SHA-256. A key with a
// credential or an identity is salted, so that values cannot be found by trial.
//
// Hashing takes longer than all else that a header needs, and most requests come from few callers.
// So the digests of keys in use are remembered, in a table without locks: a key has one slot, which
// it takes from another key once in a while.
//
//	key ──hash──▶ slot ──▶ digest{key, text}    the same key: copy the text
//	                                            another: hash, and once in a while take the slot

const (
	digestSlots  = 512
	digestLength = 12  // of 8 bytes in base64
	digestMost   = 128 // bytes of a key that is remembered
)

// digests are those of a server.
type digests struct {
	salt   []byte
	seed   maphash.Seed
	slots  [digestSlots]atomic.Pointer[digest]
	missed atomic.Uint32
}

// digest is immutable.
type digest struct {
	key    string
	salted bool
	text   [digestLength]byte
}

func newDigests() digests { return digests{salt: make([]byte, 16), seed: maphash.MakeSeed()} }

// append appends the digest of a key.
func (d *digests) append(out []byte, key string, salted bool) []byte {
	slot := &d.slots[maphash.String(d.seed, key)%digestSlots]
	known := slot.Load()
	if known != nil && known.key == key && known.salted == salted {
		return append(out, known.text[:]...)
	}
	var salt []byte
	if salted {
		salt = d.salt
	}
	out = appendDigest(out, salt, key)
	if len(key) <= digestMost && (known == nil || d.missed.Add(1)%slotEvery == 0) {
		// A copy, since the key is a part of a longer string.
		slot.Store(&digest{strings.Clone(key), salted, [digestLength]byte(out[len(out)-digestLength:])})
	}
	return out
}

// appendDigest appends a digest that is not remembered.
func appendDigest(out, salt []byte, key string) []byte {
	var space [192]byte
	sum := sha256.Sum256(append(append(space[:0], salt...), key...))
	return base64.StdEncoding.AppendEncode(out, sum[:8])
}
