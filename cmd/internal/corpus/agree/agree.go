// Package agree has generated servers and a validator of JSON Schema judge the same bodies: values
// of the schemas, and these with a change in one place.
package agree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/limitgen/limitgen/cmd/internal/corpus/calls"
	"github.com/limitgen/limitgen/cmd/internal/corpus/drive"
	"github.com/limitgen/limitgen/generator/sample"
)

// A Bench has the bodies that are tried with one API.
type Bench struct {
	Trials   []drive.Trial
	Left     []string // what is not judged, and why
	Examples int      // of the spec, among the bodies
	judges   []*jsonschema.Schema
	made     []int // how many bodies of each trial precede the examples
}

// New makes a value of each body, and up to most that are changed in one place. They are the same
// in each run.
func New(bodies []calls.Body, v *Validator, most int) *Bench {
	b := &Bench{}
	for _, body := range bodies {
		s, err := v.Schema(body.Schema)
		if err != nil {
			b.Left = append(b.Left, body.Call.Operation+": "+oneLine(err.Error()))
			continue
		}
		value, ok := (&sample.Maker{Sent: true}).Value(body.Schema)
		text, err := json.Marshal(value)
		if !ok || err != nil {
			b.Left = append(b.Left, body.Call.Operation+": no value of the body was found")
			continue
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(body.Call.Operation))
		changed := mutants(text, most, rand.New(rand.NewPCG(h.Sum64(), 1)))
		texts := append([]json.RawMessage{text}, changed...)
		b.made = append(b.made, len(texts))
		for _, e := range body.Examples {
			if text, err := json.Marshal(e); err == nil {
				texts = append(texts, text)
				b.Examples++
			}
		}
		b.Trials = append(b.Trials, drive.Trial{Call: body.Call, Bodies: texts})
		b.judges = append(b.judges, s)
	}
	return b
}

// A Difference is a body that server and validator judge differently, or that a handler does not
// get as it was sent.
type Difference struct {
	Operation string
	Body      json.RawMessage
	Found     string
	Known     string // why it is right all the same; "" if it is not
}

// Judge compares what a server made of the bodies with what the validator says. all is their number.
func (b *Bench) Judge(tried []drive.Tried) (all, served int, out []Difference) {
	for i, t := range tried {
		trial := b.Trials[i]
		if t.Why != "" {
			out = append(out, Difference{Operation: trial.Call.Operation, Found: t.Why})
		}
		for j, o := range t.Outcomes {
			all++
			if o.Served {
				served++
			}
			d := Difference{Operation: trial.Call.Operation, Body: trial.Bodies[j]}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(d.Body))
			if err == nil {
				err = b.judges[i].Validate(value)
			}
			if d.Found = differs(d.Body, o, err); d.Found == "" {
				continue
			}
			if at := slices.IndexFunc(differences, func(k difference) bool { return k.is.MatchString(d.Found) }); at >= 0 {
				d.Known = differences[at].why
			} else if j >= b.made[i] && strings.HasSuffix(d.Found, " is lost") {
				d.Known = noRoom // examples have more members than schemas name
			}
			out = append(out, d)
		}
	}
	return all, served, out
}

// differs reports whether the sides disagree, or a body that both accept is not what a handler has.
// A server adds defaults, and a handler does not see null.
func differs(body json.RawMessage, o drive.Outcome, wrong error) string {
	switch {
	case !o.Served && o.Status != 400:
		return fmt.Sprintf("answered %d: %s", o.Status, o.Said)
	case !o.Served && wrong == nil:
		return "refused, though valid: " + o.Said
	case o.Served && wrong != nil:
		return "served, though not valid: " + oneLine(wrong.Error())
	case o.Served:
		if lost := drive.Differ(drive.Decode(body), drive.Decode(o.Echo), "", true); lost != "" {
			return "served, but " + lost
		}
	}
	return ""
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// A difference is known where what was found matches.
type difference struct {
	is  *regexp.Regexp
	why string
}

const noRoom = "a Go struct has no room for members that its schema does not name"

var differences = []difference{
	{regexp.MustCompile(`/(x-unknown|y|zz|extra\d+) is lost$`), noRoom},
	{regexp.MustCompile(`^refused, though valid: .*"request costs `), "a request may cost more than its limit admits"},
	{regexp.MustCompile(`^served, but \S+ is \["[^,]*"\], not "`), "a handler gets a list where x-list lets one item be sent without"},
}
