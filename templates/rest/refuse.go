package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

const quotaExceeded = "Request cannot be satisfied as assigned quota has been exceeded"

// refuse answers 429 with the IETF's rate limit headers, and with an error in the API's form or as
// the IETF's problem type.
func (x *Exchange) refuse(states []ratelimit.State) {
	violated := make([]ratelimit.State, 0, len(states))
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
		detail += fmt.Sprintf("%s: cost %d, %d %s left", state.Limit.Name, state.Cost, state.Remaining, state.Limit.Unit)
		if !state.Limit.Concurrent() {
			wait = max(wait, state.Wait, state.Reset)
		}
	}
	header := x.w.Header()
	header.Set("Cache-Control", "no-store")
	x.announceOwn(states)
	if len(violated) > 0 {
		policy, remaining := x.limitHeaders(violated)
		header["Ratelimit-Policy"], header["Ratelimit"] = policy, []string{remaining}
	}
	if wait > 0 { // the end of a concurrent request is unknown
		header.Set("Retry-After", strconv.FormatInt(problemTime(wait), 10))
	}
	if x.server.spellsErrors() && !wantsProblem(x.r.Header) {
		media, body := x.errorBody(&APIError{StatusCode: http.StatusTooManyRequests, Message: quotaExceeded + " (" + detail + ")"})
		x.write(http.StatusTooManyRequests, media, body)
		return
	}
	body, err := json.Marshal(struct {
		Type     string   `json:"type"`
		Title    string   `json:"title"`
		Status   int      `json:"status"`
		Violated []string `json:"violated-policies"`
		Detail   string   `json:"detail"`
	}{
		"https://iana.org/assignments/http-problem-types#quota-exceeded",
		quotaExceeded,
		http.StatusTooManyRequests, names, detail,
	})
	if err != nil {
		x.log(err)
	}
	x.write(http.StatusTooManyRequests, mediaProblem, body)
}
