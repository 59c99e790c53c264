package rest

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
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

// canonicalNumber returns one exact spelling for equal numbers of any size: 1, 1.0, 1e0 and 10e-1
// are "1". Beyond twenty places it is digits and an exponent.
func canonicalNumber(text string) string {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && (n != 0 || text == "0") {
		return text // JSON has no other spelling without point and exponent, except -0
	}
	negative, digits, exponent := splitNumber(text)
	if digits == "" {
		return "0"
	}
	const places = 20
	switch point := len(digits) + exponent; {
	case exponent < -places || exponent > places:
		digits += "e" + strconv.Itoa(exponent)
	case exponent >= 0:
		digits += strings.Repeat("0", exponent)
	case point > 0:
		digits = digits[:point] + "." + digits[point:]
	default:
		digits = "0." + strings.Repeat("0", -point) + digits
	}
	if negative {
		return "-" + digits
	}
	return digits
}
