package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A HeaderWriter gathers the headers of an answer for generated code. A value that no header can
// spell is an error, not another value.
type HeaderWriter struct {
	lines []headerLine
	errs  []error
}

var errNoHeader = errors.New("no headers to set: the context is not that of a handler")

// Set puts the headers into an answer; after an error it puts none.
func (w *HeaderWriter) Set(in http.Header) error {
	if err := errors.Join(w.errs...); err != nil {
		return err
	}
	if in == nil && len(w.lines) > 0 {
		return errNoHeader
	}
	for _, line := range w.lines {
		in.Del(line.name)
	}
	for _, line := range w.lines {
		in.Add(line.name, line.value)
	}
	return nil
}

// Put adds a header of any type; nil is none. The members of an object are names and values in
// turn.
func (w *HeaderWriter) Put(name string, value any) { w.put(name, value, false) }

// PutRequired adds one that every answer has: nil is an empty list, or an error.
func (w *HeaderWriter) PutRequired(name string, value any) { w.require(name, value, false) }

// PutExploded and PutExplodedRequired add an object whose members are name=value.
func (w *HeaderWriter) PutExploded(name string, value any)         { w.put(name, value, true) }
func (w *HeaderWriter) PutExplodedRequired(name string, value any) { w.require(name, value, true) }

// PutJSON and PutJSONRequired add a value as JSON.
func (w *HeaderWriter) PutJSON(name string, value any) {
	if !absent(value) {
		w.PutJSONRequired(name, value)
	}
}

// PutJSONRequired is described at PutJSON.
func (w *HeaderWriter) PutJSONRequired(name string, value any) {
	text, err := marshal(value)
	if err != nil {
		w.fail(name, err)
		return
	}
	w.add(name, string(text))
}

func (w *HeaderWriter) fail(name string, err error) {
	w.errs = append(w.errs, fmt.Errorf("header %s: %w", name, err))
}

func (w *HeaderWriter) add(name, text string) {
	if !headerSafe(text) {
		w.fail(name, errors.New("a control character is not allowed in a header"))
		return
	}
	if strings.Trim(text, " \t") != text {
		w.fail(name, errors.New("a header cannot begin or end with a space"))
		return
	}
	w.lines = append(w.lines, headerLine{name, text})
}

func (w *HeaderWriter) require(name string, value any, explode bool) {
	if absent(value) {
		if value = filled(value); absent(value) {
			w.fail(name, errors.New("required, but not given"))
			return
		}
	}
	w.put(name, value, explode)
}

func (w *HeaderWriter) put(name string, value any, explode bool) {
	n, err := takeApart(value)
	switch {
	case err != nil:
		w.fail(name, err)
		return
	case n.kind == nodeNone:
		return
	case n.kind == nodeList && http.CanonicalHeaderKey(name) == "Set-Cookie": // which is never joined
		for _, item := range n.items {
			w.add(name, item.text)
		}
		return
	}
	text, err := encodeHeader(&Param{In: InHeader, Name: name, Explode: explode}, n)
	if err == nil {
		err = splitsAgain(n, explode)
	}
	if err != nil {
		w.fail(name, err)
		return
	}
	w.add(name, text)
}

// splitsAgain rejects parts that a reader would not get back.
func splitsAgain(n node, explode bool) error {
	for i, item := range n.items {
		if item.text == "" || strings.Trim(item.text, " \t") != item.text {
			return errors.New("an empty item, or one with a space at its edge, has no spelling in this list")
		}
		if n.kind != nodeObject {
			continue
		}
		if member := n.names[i]; member == "" || explode && strings.Contains(member, "=") {
			return fmt.Errorf("the name %q has no spelling here", member)
		}
	}
	return nil
}
