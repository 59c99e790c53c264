package rest

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
)

type (
	notFound struct {
		What string `json:"what"`
	}
	refusal struct {
		Why int `json:"why"`
	}
)

// TestErrorsAsTheirTypes finds the type of the status, then of its range, then of the rest.
func TestErrorsAsTheirTypes(t *testing.T) {
	bodies := []ErrorBody{ErrorType[notFound](404), ErrorType[refusal](4), ErrorType[notFound](0)}
	for _, tt := range []struct {
		status         int
		body           string
		found, refused bool
	}{
		{404, `{"what":"cat"}`, true, false},
		{409, `{"why":3}`, false, true},
		{503, `{"what":"all"}`, true, false},
		{404, `{"what":7}`, false, false},
		{404, `<html>`, false, false},
		{404, ``, false, false},
	} {
		var err error = fmt.Errorf("wrapped: %w", &APIError{StatusCode: tt.status, Body: []byte(tt.body), bodies: bodies})
		var found *ErrorOf[notFound]
		var refused *ErrorOf[refusal]
		if got := errors.As(err, &found); got != tt.found {
			t.Errorf("%d %s: found %v", tt.status, tt.body, got)
		}
		if got := errors.As(err, &refused); got != tt.refused || got && (refused.Value.Why != 3 || refused.StatusCode != 409) {
			t.Errorf("%d %s: refused %v %+v", tt.status, tt.body, got, refused)
		}
		var api *APIError
		if !errors.As(err, &api) || found != nil && !errors.As(error(found), &api) {
			t.Errorf("%d: no APIError", tt.status)
		}
	}
	var plain *ErrorOf[notFound]
	if errors.As(&APIError{StatusCode: 404, Body: []byte("{}")}, &plain) {
		t.Error("a type that no spec names was found")
	}
}

// TestErrorsThatDoNotFit finds no type in an answer that the spec does not have.
func TestErrorsThatDoNotFit(t *testing.T) {
	type reason struct {
		Code string  `json:"code"`
		Hint *string `json:"hint"`
	}
	type failed struct {
		Error  reason            `json:"error"`
		More   []reason          `json:"more,omitzero"`
		Others map[string]reason `json:"others,omitzero"`
		Fields []string          `json:"fields" null:"nil"`
	}
	const problem, mediaHTML = "application/problem+json", "text/html"
	const fits = `{"error":{"code":"a","hint":null},"fields":null}`
	typed, own := ErrorType[failed](0), ProblemType[failed](0)
	for _, tt := range []struct {
		media, body string
		declared    ErrorBody
		want        bool
	}{
		{mediaJSON, fits, typed, true},
		{"", fits, typed, true},
		{"application/vnd.shop+json; charset=utf-8", fits, typed, true},
		{mediaJSON, `{"error":{"code":"a","hint":"b"},"fields":[],"more":null,"new":1}`, typed, true},
		{mediaJSON, fits, own, true},
		{problem, fits, own, true},
		{problem, fits, typed, false},
		{problem + "; charset=utf-8", fits, typed, false},
		{mediaHTML, fits, typed, false},
		{"nonsense;", fits, typed, false},
		{mediaJSON, `{}`, typed, false},
		{mediaJSON, `null`, typed, false},
		{mediaJSON, `{"error":{},"fields":[]}`, typed, false},
		{mediaJSON, `{"error":null,"fields":[]}`, typed, false},
		{mediaJSON, `{"error":{"code":null,"hint":null},"fields":[]}`, typed, false},
		{mediaJSON, `{"error":{"code":"a","hint":null}}`, typed, false},
		{mediaJSON, `{"error":{"code":"a","hint":null},"fields":[],"more":[{}]}`, typed, false},
		{mediaJSON, `{"error":{"code":"a","hint":null},"fields":[],"others":{"b":null}}`, typed, false},
	} {
		err := &APIError{
			StatusCode: 401, Body: []byte(tt.body), Header: http.Header{"Content-Type": {tt.media}},
			bodies: []ErrorBody{tt.declared},
		}
		var found *ErrorOf[failed]
		if got := errors.As(err, &found); got != tt.want {
			t.Errorf("%s %s as %+v: %v", tt.media, tt.body, tt.declared, got)
		}
	}
}

func TestNewError(t *testing.T) {
	var e *APIError
	if err := NewError(http.StatusConflict, refusal{2}); !errors.As(err, &e) || e.StatusCode != 409 || string(e.Body) != `{"why":2}` {
		t.Errorf("%+v", e)
	}
	if err := NewError(http.StatusConflict, func() {}); !errors.As(err, &e) || e.StatusCode != 500 {
		t.Errorf("%+v", e)
	}
}
