package rest

import (
	"math"
	"strconv"
)

// What follows is for generated code: it sets a parameter of the operation, by its place in the
// table, to a value of a Go type. A nil pointer or list leaves the parameter out.

// PutText sets a parameter that is a string.
func PutText[T anyText](r *Call, i int, value T) { r.putText(i, string(value)) }

// PutOptText sets one that may be left out.
func PutOptText[T anyText](r *Call, i int, value *T) {
	if value != nil {
		r.putText(i, string(*value))
	}
}

// PutInt sets a parameter that is an integer.
func PutInt[T anyInt](r *Call, i int, value T) {
	if value > 0 && uint64(value) > math.MaxInt64 {
		r.putText(i, strconv.FormatUint(uint64(value), 10))
		return
	}
	r.putText(i, strconv.FormatInt(int64(value), 10))
}

// PutOptInt sets one that may be left out.
func PutOptInt[T anyInt](r *Call, i int, value *T) {
	if value != nil {
		PutInt(r, i, *value)
	}
}

// PutBool sets a parameter that is true or false.
func PutBool[T anyBool](r *Call, i int, value T) { r.putText(i, strconv.FormatBool(bool(value))) }

// PutOptBool sets one that may be left out.
func PutOptBool[T anyBool](r *Call, i int, value *T) {
	if value != nil {
		PutBool(r, i, *value)
	}
}

// PutFloat sets a parameter that is a number.
func PutFloat[T anyFloat](r *Call, i int, value T) {
	// encoding/json writes others with an exponent, or not at all.
	if n := math.Abs(float64(value)); n != 0 && (n < 1e-6 || !(n < 1e21)) {
		r.putAny(i, value)
		return
	}
	r.putText(i, strconv.FormatFloat(float64(value), 'f', -1, bitsOf[T]()))
}

// PutOptFloat sets one that may be left out.
func PutOptFloat[T anyFloat](r *Call, i int, value *T) {
	if value != nil {
		PutFloat(r, i, *value)
	}
}

// PutTextList sets a parameter that is a list of strings.
func PutTextList[T anyText](r *Call, i int, values []T) {
	if len(values) > 0 {
		items := make([]node, len(values))
		for at, value := range values {
			items[at] = node{kind: nodeText, text: string(value)}
		}
		r.put(i, node{kind: nodeList, items: items})
	}
}

// PutIntList sets a parameter that is a list of integers.
func PutIntList[T anyInt](r *Call, i int, values []T) {
	if len(values) > 0 {
		items := make([]node, len(values))
		for at, value := range values {
			text := strconv.FormatInt(int64(value), 10)
			if value > 0 && uint64(value) > math.MaxInt64 {
				text = strconv.FormatUint(uint64(value), 10)
			}
			items[at] = node{kind: nodeText, text: text}
		}
		r.put(i, node{kind: nodeList, items: items})
	}
}

func (r *Call) putText(i int, text string) { r.put(i, node{kind: nodeText, text: text}) }

// put sets a parameter whose style is not JSON.
func (r *Call) put(i int, n node) {
	p := &r.op.Params[i]
	if err := r.place(i, p, n); err != nil {
		r.failParam(p.Name, err)
	}
}

func (r *Call) putAny(i int, value any) {
	p := &r.op.Params[i]
	if err := r.encode(i, p, value); err != nil {
		r.failParam(p.Name, err)
	}
}
