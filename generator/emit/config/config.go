// Package config is shared by all emitters of configuration: an API as a gateway sees it, what
// targets can express, and the head of every file.
//
// A gateway sees requests before they are decoded and validated. It must count every spelling of a
// path that the API behind it may take for the same operation, or refuse it. All targets agree on
// this:
//
//   - the query is not part of the path; percent-encoding is decoded once
//   - an encoded slash, a backslash and a NUL are refused, since APIs differ in what they make of
//     them
//   - what follows a ";" in a segment is not part of it, unless a template has it there; with nothing
//     or dots before it, the request is refused, since APIs differ in whether there is a segment,
//     unless a parameter has the style matrix
//   - a method in small letters is the same in capitals
//   - empty segments and "." are dropped, ".." is resolved, so a trailing slash changes nothing
//   - literal segments compare without regard to ASCII case
//   - a HEAD counts as its GET unless the API describes a HEAD of its own
//   - a partition key's values are the decoded bytes that are left then, case kept
//
// Requests that match no operation, and operations without limits, pass uncounted.
package config

import (
	"slices"

	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/model"
)

// A Target is one kind of configuration: a value of --emit.
type Target struct {
	Name    string // also its folder below config/
	Summary string // one line, for help

	// Bound returns what the target's algorithm admits of a limit. It is nil for targets that
	// enforce nothing.
	Bound func(*model.Limit, Options) Bound
	// Gaps are the places where the configuration does less than the spec says. It may be nil.
	Gaps func(*Input, Options) []Gap
	// Render writes the files. It is called only when Gaps has nothing, or approximations that the
	// user allowed.
	Render func(*Input, Options) ([]File, error)
	// Plans reports whether the target chooses quotas by Options.PlanHeader.
	Plans bool
	// Check is the program that validates the files; nil if there is none.
	Check *Check
}

// File is a rendered file. Its name is below the target's folder.
type File = fileset.File

// Check is a validator that may be installed.
type Check struct {
	Program string
	// Args are the arguments, given the absolute path of the folder that holds the target's files.
	Args func(dir string) []string
}

// Options are the user's choices.
type Options struct {
	AllowApproximate bool
	Name             string // the API's in all configuration; "" for the package's
	Plan             string // the plan whose figures are enforced; "" for the table's
	NginxMode        string // "capacity", "strict" or "queue"
	HAProxySeconds   string // "rate" or "fixed": how windows below a minute are counted
	IdentityHeader   string // in which an authenticating proxy passes the caller's identity
	PlanHeader       string // in which it passes the caller's plan
	BasePath         string // replaces the path of the first server; "/" is none, "" keeps it
	Keys             int    // how many partition keys a limit is expected to have at a time, at most MaxKeys
}

// MaxKeys bounds Options.Keys: beyond it, the tables of one proxy would not fit into memory.
const MaxKeys = 100_000_000

// The values of the options that are choices, the default first.
var (
	NginxModes     = []string{"capacity", "strict", "queue"}
	HAProxySeconds = []string{"rate", "fixed"}
)

// Defaults returns the default options.
func Defaults() Options {
	return Options{NginxMode: NginxModes[0], HAProxySeconds: HAProxySeconds[0], Keys: 10_000}
}

// Bound is what an algorithm guarantees for one limit.
type Bound struct {
	Algorithm string // "leaky bucket with a burst of 99", in words that a head can print
	Most      int64  // the most that can pass in any interval of the window's length
	Least     int64  // the least that a caller with enough demand gets per window in the long run
}

// A Gap is a limit that a target does not enforce exactly as the spec says.
type Gap struct {
	Limit *model.Limit
	Route *Route // where; nil if it is so everywhere
	Why   string // "the cost is counted in the body, which nginx does not read"
	// Instead describes the approximation and its error: "each call counts 1, so up to 600 times
	// the quota passes". Without it there is none, and --allow-approximate does not help.
	Instead string
	// LeftOut says that the limit is omitted entirely.
	LeftOut bool
	// Times is the factor by which the units admitted may exceed Bound, if requests cost more than
	// they count: Endless if it is unbounded, 0 for other gaps.
	Times int64
}

// Endless is a Gap's Times where the cost of a request has no bound.
const Endless = -1

// LeftOut returns the limits that gaps leave out, in the order of the table.
func LeftOut(in *Input, gaps []Gap) []*model.Limit {
	var out []*model.Limit
	for _, l := range in.Limits {
		if slices.ContainsFunc(gaps, func(g Gap) bool { return g.LeftOut && g.Limit == l }) {
			out = append(out, l)
		}
	}
	return out
}
