package rest

import "strings"

// served has what almost every request of an operation reads, in one cache line. In a server of
// hundreds of operations that most requests find cold, each further line costs as much as a step of
// the router. So the rest, such as the operation itself, is read only by requests that need it.
type served struct {
	op       *Operation
	params   []paramPlan
	stages   *stages
	media    string // of the body, if that does not depend on the request
	at       int32  // the operation's index
	segments uint8  // bit i: parameter i is any segment of the path
	limited  bool   // the operation has limits
	early    bool   // some of which are decided before authentication
	choice   bool   // the body has one of several media types, or of a range
}

// servedOf prepares an operation.
func (s *Server) servedOf(at int) served {
	op := &s.config.Operations[at]
	of := stagesOf(op)
	of.early.number, of.late.number = uint64(2*at), uint64(2*at+1)
	out := served{
		op: op, params: s.planParams(op), stages: &of, media: op.Body.Media, at: int32(at),
		limited: len(op.Rates) > 0, early: len(of.early.rates) > 0,
		choice: len(op.Bodies) > 0 || strings.Contains(op.Body.Media, "*"),
	}
	for i := range out.params {
		if out.params[i].segment && i < 8 {
			out.segments |= 1 << i
		}
	}
	return out
}
