package rest

import (
	"bytes"
	"strconv"
)

// checkText rejects a text that is not one JSON value, that has a duplicate member, or that is not
// UTF-8: every reader must decode what was checked and counted.
func checkText(data []byte) error {
	value := scanPointer(data, "")
	f := notText(value)
	if value.kind == jsonInvalid {
		f = notUTF8(data)
	}
	switch {
	case f != nil:
		return badRequest("body" + f.pointer + ": " + f.what)
	case value.kind == jsonInvalid:
		return badRequest("the body is not valid JSON")
	}
	if name, end := findRepeated(data, skipSpace(data, 0)); end < 0 {
		return badRequest("the body has the name " + strconv.Quote(clip(decodeName(name))) + " twice")
	}
	return nil
}

// findRepeated reads a valid value and returns the offset after it, or the name of the first
// duplicate member of an object, and -1.
func findRepeated(s []byte, i int) (name []byte, end int) {
	if s[i] != '{' && s[i] != '[' {
		_, end = scanValue(s, i, 1)
		return nil, end
	}
	var names nameSet
	object := s[i] == '{'
	for i++; ; i++ { // behind a bracket or a comma
		if i = skipSpace(s, i); s[i] == '}' || s[i] == ']' {
			return nil, i + 1
		}
		if object {
			begin := i + 1
			i = scanString(s, i)
			if name = s[begin : i-1]; !names.add(name) {
				return name, -1
			}
			i = skipSpace(s, skipSpace(s, i)+1)
		}
		if name, i = findRepeated(s, i); i < 0 {
			return name, -1
		}
		if i = skipSpace(s, i); s[i] != ',' {
			return nil, i + 1
		}
	}
}

// nameSet is the set of an object's names, without a map for the few that most objects have.
type nameSet struct {
	few  [8][]byte
	n    int
	more map[string]bool
}

// add reports whether a name is new.
func (s *nameSet) add(name []byte) bool {
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(decodeName(name))
	}
	for _, known := range s.few[:s.n] {
		if bytes.Equal(known, name) {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.more[string(name)] {
		return false
	}
	if s.more == nil {
		s.more = make(map[string]bool)
	}
	s.more[string(name)] = true
	return true
}
