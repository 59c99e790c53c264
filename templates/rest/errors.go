package rest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// errorBody encodes an error: as it is given, in the spec's error form, or as a problem (RFC 9457)
// if the spec has none, or if the server itself refused and the caller asks for one.
func (x *Exchange) errorBody(e *APIError) (media string, data []byte) {
	s := x.server
	if len(e.Body) > 0 {
		if media = e.Header.Get("Content-Type"); media == "" {
			media = x.errorMedia(e.StatusCode)
			if scanPointer(e.Body, "").kind == jsonInvalid {
				media = "text/plain; charset=utf-8"
			}
		}
		return media, e.Body
	}
	var body any
	if s.spellsErrors() && (x.chosen || !wantsProblem(x.r.Header)) {
		media, body = s.apiError(e)
	} else {
		media, body = mediaProblem, problem(e)
	}
	data, err := json.Marshal(body)
	if err != nil {
		return "", nil
	}
	return media, data
}

// An ErrorMedia is the media type of errors in JSON: of one status, of a class as 4XX and 5XX are,
// or of all other statuses (0). Tables list more exact ones first.
type ErrorMedia struct {
	Status int
	Media  string
}

// errorMedia returns the media type of JSON that a handler answers an error with.
func (x *Exchange) errorMedia(status int) string {
	if x.view.op != nil {
		for _, m := range x.view.op.ErrorMedia {
			if m.Status == status || m.Status == status/100 || m.Status == 0 {
				return m.Media
			}
		}
	}
	return "application/json"
}

func (s *Server) spellsErrors() bool { return s.config.ErrorCode != "" || s.config.ErrorMessage != "" }

// apiError returns an error body as the spec describes them.
func (s *Server) apiError(e *APIError) (media string, body any) {
	if s.config.ErrorForm == "" || json.Unmarshal([]byte(s.config.ErrorForm), &body) != nil {
		body = map[string]any{}
	}
	code := e.Code
	if code == "" {
		code = strings.ReplaceAll(strings.ToLower(http.StatusText(e.StatusCode)), " ", "_")
	}
	message := e.Message
	if message == "" {
		message = http.StatusText(e.StatusCode)
	}
	body = putAt(body, s.config.ErrorCode, code, e.StatusCode)
	body = putAt(body, s.config.ErrorMessage, message, e.StatusCode)
	if e.StatusCode == http.StatusTooManyRequests && e.Code == "" {
		for _, m := range s.config.ErrorExceeded {
			body = putAt(body, m.Pointer, m.Value, e.StatusCode)
		}
	}
	if media = s.config.ErrorMedia; media == "" {
		media = "application/json"
	}
	return media, body
}

func problem(e *APIError) map[string]any {
	body := map[string]any{"title": http.StatusText(e.StatusCode), "status": e.StatusCode}
	if e.Message != "" {
		body["detail"] = e.Message
	}
	if e.Code != "" {
		body["code"] = e.Code
	}
	return body
}

// wantsProblem reports whether a caller prefers application/problem+json to JSON, or equally.
func wantsProblem(header http.Header) bool {
	problem, other := 0.0, 0.0
	for _, r := range acceptedOf(header) { // ranges such as */* say nothing of either
		switch r.media {
		case mediaProblem:
			problem = max(problem, r.q)
		case "application/json":
			other = max(other, r.q)
		}
	}
	return problem > 0 && problem >= other
}

// putAt sets a text at a JSON pointer, or the status if the value there is a number, and creates
// the objects on the way.
func putAt(body any, pointer, text string, status int) any {
	if pointer == "" {
		return body
	}
	return putTokens(body, strings.Split(pointer[1:], "/"), text, status)
}

func putTokens(body any, tokens []string, text string, status int) any {
	if len(tokens) == 0 {
		if _, ok := body.(float64); ok {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil {
				return n
			}
			return status
		}
		return text
	}
	if list, ok := body.([]any); ok && tokens[0] == "0" {
		if len(list) == 0 {
			list = []any{nil}
		}
		list[0] = putTokens(list[0], tokens[1:], text, status)
		return list
	}
	object, ok := body.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	name := tokenName.Replace(tokens[0])
	object[name] = putTokens(object[name], tokens[1:], text, status)
	return object
}
