package rest

import (
	"slices"
	"strconv"
)

// Spelling is the form of a path parameter's text.
type Spelling uint8

const (
	SpeltListed  Spelling = iota // one of Told.Texts
	SpeltInteger                 // in digits
	SpeltNumber
	SpeltFormat // as Told.Format says
)

// Told tells an operation from others with the same path but for the names of parameters: requests
// are its own if the value of one parameter is spelt like this.
type Told struct {
	Param  int // the parameter's place in the path, from 1; 0 if nothing has to be told
	As     Spelling
	Format string
	Texts  []string
}

// fits reports whether the path of a request is the operation's.
func (t *Told) fits(path []string) bool {
	if t.Param == 0 {
		return true
	}
	if t.Param > len(path) {
		return false
	}
	text := unescapePath(path[t.Param-1])
	switch t.As {
	case SpeltListed:
		return slices.Contains(t.Texts, text)
	case SpeltInteger: // strconv also takes +5 and 007, which no number of JSON is
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil && scanNumber([]byte(text), 0) == len(text)
	case SpeltNumber: // and nan, Inf and 0x1p3
		_, err := strconv.ParseFloat(text, 64)
		return err == nil && scanNumber([]byte(text), 0) == len(text)
	default:
		return hasFormat(text, t.Format)
	}
}
