package ratelimit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

const (
	maxOverrides = 16 << 20 // bytes of a file
	maxValue     = 1 << 40
)

// ReadOverrides reads an account's quotas and bursts from JSON: an object such as {"each":
// {"quota": 300}}, or a whole limits.json, of which only the differences from the table apply.
// Anything that would have no effect is an error with its position, since a mistaken override would
// otherwise show only when calls are refused.
func ReadOverrides(r io.Reader, limits []Limit) (map[string]Amount, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxOverrides+1))
	if err != nil {
		return nil, fmt.Errorf("overrides: %w", err)
	}
	if len(data) > maxOverrides {
		return nil, fmt.Errorf("overrides: more than %d bytes", maxOverrides)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("overrides: the file is empty; {} keeps the table's quotas and bursts")
	}
	in := newOverrides(data, limits)
	if err = in.syntax(); err == nil {
		in.whole, err = newOverrides(data, limits).isWhole()
	}
	if err == nil {
		err = in.document()
	}
	if err != nil {
		return nil, fmt.Errorf("overrides: %w", err)
	}
	return in.amounts, nil
}

// overrides reads one file.
type overrides struct {
	data    []byte
	dec     *json.Decoder
	limits  []Limit
	whole   bool // a limits.json
	amounts map[string]Amount
}

func newOverrides(data []byte, limits []Limit) *overrides {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return &overrides{data: data, dec: dec, limits: limits, amounts: make(map[string]Amount)}
}

// isWhole reports whether the file is a limits.json. That has a version, which is a number, while
// an override of a limit called "version" is an object.
func (o *overrides) isWhole() (whole bool, err error) {
	err = o.object("the file", func(name string, at int64) error {
		var value any
		if err := o.dec.Decode(&value); err != nil {
			return err
		}
		if number, ok := value.(json.Number); ok && name == "version" {
			if whole = true; number != "1" {
				return o.errorf(at, "unsupported limits version %s; version 1 is supported", number)
			}
		}
		return nil
	})
	return whole, err
}

func (o *overrides) document() error {
	found := false
	err := o.object("the file", func(name string, at int64) error {
		switch {
		case o.whole && name == "limits":
			found = true
			return o.object("limits", o.limit)
		case o.whole, name == "$schema":
			return o.skip()
		}
		return o.limit(name, at)
	})
	if err == nil && o.whole && !found {
		err = fmt.Errorf("the file has a version but no limits")
	}
	return err
}

// limit reads the quota and burst of one limit.
func (o *overrides) limit(name string, at int64) error {
	i := slices.IndexFunc(o.limits, func(l Limit) bool { return l.Name == name })
	if i < 0 {
		return o.errorf(at, "unknown limit %q", name)
	}
	table := o.limits[i]
	var amount Amount
	rated := 0 // how many members say how much flows in
	err := o.object("limit "+strconv.Quote(name), func(member string, at int64) (err error) {
		if member == "quota" || member == "rate" {
			rated++
		}
		switch {
		case member == "quota":
			amount.Quota, err = o.positive(name, member)
		case member == "burst" && table.Concurrent():
			err = o.errorf(at, "limit %q counts concurrent requests, which have no burst", name)
		case member == "burst":
			amount.Burst, err = o.positive(name, member)
		case member == "rate" && kindOf(&table) == bucketed && !o.whole:
			amount.Quota, amount.Window, err = o.rate(name)
		case o.whole:
			err = o.fixed(&table, member, at)
		default:
			err = o.errorf(at, "limit %q: unknown member %q; only quota and burst, or the rate of a bucket, can be overridden", name, member)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case o.whole && (amount.Quota == 0 || table.Burst > 0 && amount.Burst == 0):
		return o.errorf(at, "limit %q lacks a quota or burst that the table has", name)
	case amount.Window > 0 && rated > 1:
		return o.errorf(at, "limit %q is given both a quota and a rate", name)
	case !o.whole && amount == (Amount{}):
		return o.errorf(at, "limit %q: neither quota nor burst is set", name)
	}
	if o.whole && amount.Quota == table.Quota {
		amount.Quota = 0
	}
	if o.whole && amount.Burst == table.Burst {
		amount.Burst = 0
	}
	if amount != (Amount{}) {
		o.amounts[name] = amount
	}
	return nil
}

// fixed reads a member of a limit in a whole file that must equal the table's, since generated code
// depends on it.
func (o *overrides) fixed(table *Limit, member string, at int64) error {
	reset := "rolling"
	if table.UTC {
		reset = "utc"
	}
	var want any
	switch member {
	case "window":
		want = int64(table.Window / time.Second)
	case "unit":
		want = table.Unit
	case "per":
		want = append([]string{}, table.Per...)
	case "reset":
		want = reset
	case "description", "origin", "stages":
		return o.skip()
	default:
		return o.errorf(at, "limit %q: unknown member %q", table.Name, member)
	}
	var got json.RawMessage
	if err := o.dec.Decode(&got); err != nil {
		return err
	}
	wanted, _ := json.Marshal(want)
	var compact bytes.Buffer
	if err := json.Compact(&compact, got); err != nil || !bytes.Equal(compact.Bytes(), wanted) {
		return o.errorf(at, "limit %q has %s %s where the table has %s; only quota and burst can be changed",
			table.Name, member, compact.Bytes(), wanted)
	}
	return nil
}
