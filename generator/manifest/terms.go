package manifest

// Terms are what callers are held to, so that check can say what a change of the spec means for
// them.
type Terms struct {
	Limits map[string]LimitTerms `json:"limits,omitempty"` // by name
	// Uses are what one request counts, by the name of an operation or variant; "" is nothing.
	Uses map[string]string `json:"uses,omitempty"`
	// LeftOut are the names of limits that a target's files do not enforce, by target.
	LeftOut map[string][]string `json:"left_out,omitempty"`
}

// LimitTerms is one limit.
type LimitTerms struct {
	Quota  int64  `json:"quota"`
	Window int64  `json:"window,omitempty"` // seconds; 0 for requests at the same time
	Unit   string `json:"unit"`
	Per    string `json:"per,omitempty"` // names of keys; "" for one counter of all requests
	Burst  int64  `json:"burst,omitempty"`
	UTC    bool   `json:"utc,omitempty"`
}
