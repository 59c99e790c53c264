package ratelimit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// syntax reports where the file is not valid JSON. Later readers rely on that check.
func (o *overrides) syntax() error {
	var value json.RawMessage
	err := json.Unmarshal(o.data, &value)
	var bad *json.SyntaxError
	if errors.As(err, &bad) {
		return o.errorf(max(0, bad.Offset-1), "%w", err)
	}
	return err
}

// positive reads a quota or a burst.
func (o *overrides) positive(limit, member string) (int64, error) {
	at := o.next()
	var value any
	if err := o.dec.Decode(&value); err != nil {
		return 0, err
	}
	if number, ok := value.(json.Number); ok {
		if n, err := strconv.ParseInt(number.String(), 10, 64); err == nil && n > 0 && n <= maxValue {
			return n, nil
		}
	}
	return 0, o.errorf(at, "limit %q: %s must be an integer from 1 to %d", limit, member, int64(maxValue))
}

// rateDecimals are the decimals of a rate at most, as in the specification.
const rateDecimals = 6

// rate reads how many units a second flow into a bucket, a decimal, as a quota and a window in
// which it is whole: 0.0167 is 167 in 10,000 s.
func (o *overrides) rate(limit string) (int64, time.Duration, error) {
	at := o.next()
	var value any
	if err := o.dec.Decode(&value); err != nil {
		return 0, 0, err
	}
	number, _ := value.(json.Number)
	whole, part, _ := strings.Cut(number.String(), ".")
	n, err := strconv.ParseInt(whole+part, 10, 64)
	if err != nil || n <= 0 || n > maxValue || len(part) > rateDecimals {
		return 0, 0, o.errorf(at, "limit %q: rate must be a number above 0 with at most %d decimals", limit, rateDecimals)
	}
	seconds := int64(1)
	for range part {
		seconds *= 10
	}
	for _, divisor := range []int64{2, 5} {
		for n%divisor == 0 && seconds%divisor == 0 {
			n, seconds = n/divisor, seconds/divisor
		}
	}
	return n, time.Duration(seconds) * time.Second, nil
}

// object reads an object and calls visit for each member, which must read the value. A duplicate
// name is an error.
func (o *overrides) object(what string, visit func(name string, at int64) error) error {
	at := o.next()
	token, err := o.dec.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return o.errorf(at, "%s is not an object", what)
	}
	seen := make(map[string]bool)
	for o.dec.More() {
		at := o.next()
		token, err := o.dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // the decoder accepts nothing else there
		if seen[name] {
			return o.errorf(at, "duplicate %q in %s", name, what)
		}
		seen[name] = true
		if err := visit(name, at); err != nil {
			return err
		}
	}
	if _, err := o.dec.Token(); err != nil {
		return err
	}
	return nil
}

func (o *overrides) skip() error {
	var value json.RawMessage
	return o.dec.Decode(&value)
}

// next returns the offset at which the next token begins.
func (o *overrides) next() int64 {
	at := o.dec.InputOffset()
	for at < int64(len(o.data)) && strings.IndexByte(" \t\r\n,:", o.data[at]) >= 0 {
		at++
	}
	return at
}

// errorf returns an error with line and column, counted from 1.
func (o *overrides) errorf(at int64, format string, args ...any) error {
	before := o.data[:min(at, int64(len(o.data)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Errorf("line %d, column %d: %w", line, column, fmt.Errorf(format, args...))
}
