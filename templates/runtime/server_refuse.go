package runtime

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// refuse answers 429 in the terms of the IETF's rate limit headers and problem type.
func (x *exchange) refuse(states []State) {
	violated := make([]State, 0, len(states))
	names := make([]string, 0, len(states))
	detail := ""
	var wait time.Duration
	for _, state := range states {
		if !state.Violated {
			continue
		}
		violated = append(violated, state)
		names = append(names, state.Limit.Name)
		if detail != "" {
			detail += "; "
		}
		detail += fmt.Sprintf("%s: cost %d, %d left", state.Limit.Unit, state.Cost, state.Remaining)
		if !state.Limit.Concurrent() {
			wait = max(wait, state.Wait, state.Reset)
		}
	}
	header := x.w.Header()
	header.Set("Cache-Control", "no-store")
	if len(violated) > 0 {
		header["Ratelimit-Policy"] = []string{x.policyHeader(violated)}
		header["Ratelimit"] = []string{x.limitHeader(violated)}
	}
	if wait > 0 { // nobody knows when a concurrent request will end
		header.Set("Retry-After", strconv.FormatInt(problemTime(wait), 10))
	}
	body, err := json.Marshal(struct {
		Type     string   `json:"type"`
		Title    string   `json:"title"`
		Status   int      `json:"status"`
		Violated []string `json:"violated-policies"`
		Detail   string   `json:"detail"`
	}{
		"https://iana.org/assignments/http-problem-types#quota-exceeded",
		"Request cannot be satisfied as assigned quota has been exceeded",
		http.StatusTooManyRequests, names, detail,
	})
	if err != nil {
		x.log(err)
	}
	x.write(http.StatusTooManyRequests, "application/problem+json", body)
}
