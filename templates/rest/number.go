package rest

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// canonicalJSON returns one spelling for equal JSON values, so that a caller gets no second counter
// by another spelling: numbers by canonicalNumber, objects sorted by name, without white space.
func canonicalJSON(v jsonValue) string {
	switch v.kind {
	case jsonNumber:
		return canonicalNumber(string(v.raw))
	case jsonArray, jsonObject:
		d := json.NewDecoder(bytes.NewReader(v.raw))
		d.UseNumber()
		var value any
		if d.Decode(&value) != nil {
			break
		}
		if text, err := json.Marshal(withCanonicalNumbers(value)); err == nil {
			return string(text)
		}
	}
	return string(v.raw)
}

func withCanonicalNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		return json.Number(canonicalNumber(v.String()))
	case []any:
		for i := range v {
			v[i] = withCanonicalNumbers(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withCanonicalNumbers(v[name])
		}
	}
	return value
}

// canonicalNumber returns one spelling for numbers that are one value to a handler: 1, 1.0, 10e-1
// and 1.00000000000000001 are "1". An integer that int64 or uint64 holds keeps its digits, any
// other number is its float64. One beyond float64 is exact, with digits and an exponent.
func canonicalNumber(text string) string {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && (n != 0 || text == "0") {
		return text // JSON has no other spelling without point and exponent, except -0
	}
	if digits := integerText([]byte(text)); holdsInteger(digits) {
		return plainZero(digits)
	}
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return exactNumber(text)
	case n != math.Trunc(n):
		return strconv.FormatFloat(n, 'g', -1, 64)
	case n >= -1<<63 && n < 1<<63: // rounded: the integer itself has these digits
		return strconv.FormatInt(int64(n), 10)
	case n > 0 && n < 1<<64:
		return strconv.FormatUint(uint64(n), 10)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

// holdsInteger reports whether int64 or uint64 holds a number in digits.
func holdsInteger(digits string) bool {
	if _, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return true
	}
	_, err := strconv.ParseUint(digits, 10, 64)
	return err == nil
}

func plainZero(digits string) string {
	if digits == "-0" {
		return "0"
	}
	return digits
}

// exactNumber returns one spelling for equal numbers of any size.
func exactNumber(text string) string {
	negative, digits, exponent := splitNumber(text)
	if digits != "" {
		digits += "e" + strconv.Itoa(exponent)
	}
	if negative {
		return "-" + digits
	}
	return digits
}
