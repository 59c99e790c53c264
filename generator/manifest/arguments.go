package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Arguments are the flags of a run, in the order in which they are listed, recorded and spelt.
type Arguments []Flag

// Check normalises all values, so that equivalent values are recorded alike and comparing bytes
// detects an edit of a manifest.
func (a Arguments) Check() error {
	for _, f := range a {
		if f.Check == nil {
			continue
		}
		if err := f.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Words returns the flags on a command line, without those that have their default.
func (a Arguments) Words() []string {
	var words []string
	for _, f := range a {
		words = append(words, f.words()...)
	}
	return words
}

// MarshalJSON records the values that differ from the defaults.
func (a Arguments) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, f := range a {
		if f.Unrecorded || !f.Always && !f.given() {
			continue
		}
		value, err := f.record()
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", f.Name, err)
		}
		data, err := plainJSON(value)
		if err != nil {
			return nil, err
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", f.member(), data)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads recorded values. What is not recorded keeps its default.
func (a Arguments) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	for _, f := range a {
		value, ok := members[f.member()]
		switch {
		case f.Unrecorded:
		case ok:
			if err := f.read(value); err != nil {
				return err
			}
			if f.Always && f.text() == "" {
				return errIncomplete
			}
		case f.Always:
			return errIncomplete
		}
	}
	return nil
}

var errIncomplete = errors.New("arguments are incomplete")

// plainJSON returns a value as JSON, without the escapes that HTML would need.
func plainJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}
