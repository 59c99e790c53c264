package rest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// maxErrorBody is how much of an error's body is kept, and again how much is read so that the
// connection can be reused.
const maxErrorBody = 64 << 10

// failure makes an error of a response, or returns nil if it is a success. The body of an error is
// read and closed; that of a success is unchanged.
func (c *Client) failure(res *http.Response) *APIError {
	bad := res.StatusCode >= 400
	rule := func(e Exceeded) bool { return e.Status == res.StatusCode }
	if !bad && !slices.ContainsFunc(c.config.Exceeded, rule) {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody)) // use what has arrived of a broken body
	e := c.apiError(res, body)
	if limited, _ := c.isLimited(e); !bad && !limited {
		res.Body = &rejoined{Reader: io.MultiReader(bytes.NewReader(body), res.Body), Closer: res.Body}
		return nil
	}
	drain(res.Body)
	return e
}

// rejoined is a body with its part read so far in front.
type rejoined struct {
	io.Reader
	io.Closer
}

// drain reads a small rest, without which net/http would close the connection, and closes the body.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, maxErrorBody)
	_ = body.Close()
}

// apiError reads an error response.
func (c *Client) apiError(res *http.Response, body []byte) *APIError {
	e := &APIError{StatusCode: res.StatusCode, Header: res.Header, Body: body}
	e.RetryAfter, _ = parseRetryAfter(res.Header, c.clock.Now())
	if c.config.ErrorCode != "" {
		e.Code = scanText(body, c.config.ErrorCode)
	}
	if c.config.ErrorMessage != "" {
		e.Message = scanText(body, c.config.ErrorMessage)
	}
	if e.Message == "" && strings.HasPrefix(res.Header.Get("Content-Type"), mediaProblem) {
		if e.Message = scanText(body, "/detail"); e.Message == "" {
			e.Message = scanText(body, "/title")
		}
	}
	return e
}

// scanText returns the string, number or other scalar at a JSON pointer, as text; "" if there is
// none.
func scanText(body []byte, pointer string) string {
	switch v := scanPointer(body, pointer); v.kind {
	case jsonString:
		return decodeString(v.raw)
	case jsonNumber, jsonBool:
		return string(v.raw)
	}
	return ""
}

// isLimited reports whether an error means "too many requests", and whether waiting helps.
// The first rule that matches decides; a 429 that matches none may be retried.
func (c *Client) isLimited(e *APIError) (limited, again bool) {
	for _, rule := range c.config.Exceeded {
		differs := func(m Match) bool { return scanText(e.Body, m.Pointer) != m.Value }
		if rule.Status == e.StatusCode && !slices.ContainsFunc(rule.Body, differs) {
			return true, rule.Retry
		}
	}
	return e.StatusCode == http.StatusTooManyRequests, true
}

// violated fills in which limits the server says were exceeded, and the wait when only RateLimit
// has it. It returns the call's charges to these limits, or to all if the server names no known
// limit.
func (c *Client) violated(a *answer, e *APIError) []ratelimit.Charge {
	policies := exhausted(remainders(e.Header, a.charges), a.charges)
	e.Limits = distinct(problemLimits(e.Body))
	for i := range e.Limits {
		e.Limits[i] = ourName(e.Limits[i], a.charges)
	}
	named := len(e.Limits) > 0
	reset := int64(-1)
	var names []string
	for _, p := range policies {
		if p.name != "" {
			names = append(names, p.name)
		}
		if !named || p.name == "" || slices.Contains(e.Limits, p.name) {
			reset = max(reset, p.reset)
		}
	}
	if !named {
		e.Limits = distinct(names)
	}
	if e.RetryAfter == 0 && reset > 0 {
		e.RetryAfter = time.Duration(min(reset, int64(maxRetryAfter/time.Second))) * time.Second
	}
	var spent []ratelimit.Charge
	for _, ch := range a.charges {
		if slices.Contains(e.Limits, ch.Limit.Name) {
			spent = append(spent, ch)
		}
	}
	if spent == nil {
		return a.charges
	}
	return spent
}

const (
	mostNames   = 16
	longestName = 256 // bytes
)

// distinct returns the names without duplicates, cut to a readable number and length.
func distinct(names []string) []string {
	var list []string
	for _, name := range names {
		if len(list) < mostNames && len(name) <= longestName && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// exhausted picks the policies whose remainder is less than what the request cost; all that have
// names, when none is.
func exhausted(policies []policy, charges []ratelimit.Charge) []policy {
	var out []policy
	for _, p := range policies {
		cost := int64(1)
		for _, ch := range charges {
			if ch.Limit.Name == p.name || p.name == "" {
				cost = max(cost, ch.Cost)
			}
		}
		if p.remaining >= 0 && p.remaining < cost {
			out = append(out, p)
		}
	}
	if out == nil {
		// A policy without a name that has enough left does not help.
		return slices.DeleteFunc(policies, func(p policy) bool { return p.name == "" && p.remaining >= 0 })
	}
	return out
}

// problemLimits reads the names of violated-policies, which problem types of the IETF draft have.
func problemLimits(body []byte) []string {
	v := scanPointer(body, "/violated-policies")
	if v.kind != jsonArray {
		return nil
	}
	var names []string
	if json.Unmarshal(v.raw, &names) != nil {
		return nil
	}
	return names
}
