package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// isInteger reports whether a number has no fraction.
func isInteger(raw []byte) bool {
	return !bytes.ContainsAny(raw, ".eE") || !strings.ContainsAny(integerText(raw), ".eE")
}

// integerText writes a number without a fraction in digits only, as encoding/json reads integers.
// The decimal text decides: a double would round the fraction of 7.0000000000000001 away. Numbers
// with a fraction, or an exponent beyond what an integer of Go holds, are unchanged.
func integerText(raw []byte) string {
	text := string(raw)
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		return whole
	}
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	const places = 20 // of the largest uint64
	switch negative, digits, exponent := splitNumber(text); {
	case digits == "":
		return "0"
	case exponent < 0 || len(digits)+exponent > places:
		return text
	case negative:
		return "-" + digits + strings.Repeat("0", exponent)
	default:
		return digits + strings.Repeat("0", exponent)
	}
}

func (s *Schema) number(v jsonValue) *fault {
	if !s.inRange(v.raw) {
		return wrong("out of range")
	}
	if s.Min == nil && s.Max == nil && s.MultipleOf == 0 {
		return nil // decoding rejects numbers that no Go type can hold
	}
	n, err := strconv.ParseFloat(string(v.raw), 64)
	if err != nil {
		return wrong("out of range")
	}
	if whole := int64(s.MultipleOf); whole > 0 && float64(whole) == s.MultipleOf {
		if i, err := strconv.ParseInt(integerText(v.raw), 10, 64); err == nil && i%whole != 0 { // a double may round it
			return wrong("not a multiple")
		}
	}
	return s.bounds(n)
}

// bits returns the size of the integers that a schema allows; 0 is any. Integers whose format names
// no size have 64 bits, as in the types of handlers. An enum needs what its values need.
func (s *Schema) bits() (bits int, unsigned bool) {
	switch s.Format {
	case "int32":
		return 32, false
	case "int64":
		return 64, false
	}
	if len(s.Enum) > 0 || s.Kinds&KindInteger == 0 || s.Kinds&^(KindInteger|KindNull) != 0 {
		return 0, false
	}
	switch s.Format {
	case "int8":
		return 8, false
	case "int16":
		return 16, false
	case "uint8":
		return 8, true
	case "uint16":
		return 16, true
	case "uint32":
		return 32, true
	case "uint64":
		return 64, true
	}
	return 64, false
}

// inRange reports whether a number is one of the integers that a schema allows.
func (s *Schema) inRange(raw []byte) bool {
	bits, unsigned := s.bits()
	if bits == 0 || bits == 64 && fewDigits(raw) {
		return true
	}
	var err error
	if unsigned {
		_, err = strconv.ParseUint(integerText(raw), 10, bits)
	} else {
		_, err = strconv.ParseInt(integerText(raw), 10, bits)
	}
	return err == nil
}

// fewDigits reports whether a number is of digits alone that 64 bits surely hold.
func fewDigits(raw []byte) bool {
	for _, c := range raw {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(raw) <= 18
}

func (s *Schema) bounds(n float64) *fault {
	switch {
	case s.Min != nil && (n < *s.Min || s.ExclMin && n == *s.Min):
		return wrong("too small")
	case s.Max != nil && (n > *s.Max || s.ExclMax && n == *s.Max):
		return wrong("too large")
	}
	if s.MultipleOf > 0 {
		// A multiple of 0.1 is not exact in binary: a difference by rounding is tolerated, which grows
		// with the number.
		if q := n / s.MultipleOf; math.Abs(q-math.Round(q)) > 1e-15*max(1, math.Abs(q)) {
			return wrong("not a multiple")
		}
	}
	return nil
}

func (s *Schema) text(v jsonValue) *fault {
	if s.Format == "" && s.Pattern == nil && s.MinLength == 0 && s.MaxLength == 0 {
		return nil
	}
	return s.fits(decodeString(v.raw))
}

func (s *Schema) fits(text string) *fault {
	switch {
	case !hasFormat(text, s.Format) && s.Format == "byte":
		return wrong("not base64")
	case !hasFormat(text, s.Format):
		return wrong("not a " + s.Format)
	case !within(utf8.RuneCountInString(text), s.MinLength, s.MaxLength):
		return wrong("too short or too long")
	case s.Pattern != nil && !s.Pattern.MatchString(text):
		return wrong("does not match the pattern")
	}
	return nil
}

// hasFormat checks the formats that restrict spelling. Others describe only the purpose of a value.
func hasFormat(text, format string) bool {
	switch format {
	case "date-time":
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	case "date":
		_, err := time.Parse(time.DateOnly, text)
		return err == nil
	case "uuid":
		return isUUID(text)
	case "ipv4", "ipv6":
		address, err := netip.ParseAddr(text)
		return err == nil && address.Is4() == (format == "ipv4")
	case "byte":
		_, err := base64.StdEncoding.DecodeString(text)
		return err == nil
	}
	return true
}

func isUUID(text string) bool {
	for i := range len(text) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if text[i] != '-' {
				return false
			}
		} else if hexDigit(text[i]) > 15 {
			return false
		}
	}
	return len(text) == 36
}

// sameValue compares a value with an allowed one, in any spelling.
func sameValue(v jsonValue, allowed string) bool {
	if string(v.raw) == allowed {
		return true
	}
	if v.kind == jsonString && bytes.IndexByte(v.raw, '\\') < 0 && strings.IndexByte(allowed, '\\') < 0 {
		return false // different texts without escapes are different values
	}
	return canonical(v) == canonical(scanPointer([]byte(allowed), ""))
}

// canonical returns one spelling for equal values: 1 and 1.0, "a" and "\u0061", objects in another
// order.
func canonical(v jsonValue) string {
	if v.kind == jsonString {
		return `"` + decodeString(v.raw)
	}
	d := json.NewDecoder(bytes.NewReader(v.raw))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return string(v.raw)
	}
	data, err := json.Marshal(canonicalNumbers(value))
	if err != nil {
		return string(v.raw)
	}
	return string(data)
}

// canonicalNumbers keeps integers exact. Others are equal when they are the same floating-point
// number.
func canonicalNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if n, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
				return int64(n)
			}
			return n
		}
	case []any:
		for i := range v {
			v[i] = canonicalNumbers(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = canonicalNumbers(v[name])
		}
	}
	return value
}
