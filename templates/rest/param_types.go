package rest

import "time"

// These functions are for generated code. Each returns the value of one of the operation's
// parameters, which i counts from 0, in its Go type. They report no error: the exchange keeps the
// first one, and Run returns it before it calls the handler.

type (
	anyText interface{ ~string }
	anyInt  interface {
		~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
	}
	anyFloat interface{ ~float32 | ~float64 }
	anyBool  interface{ ~bool }
)

// TextParam returns a parameter that is a string.
func TextParam[T anyText](x *Exchange, i int) T {
	text, how := x.readText(i)
	return one(x, i, T(text), how)
}

// OptTextParam is TextParam for a parameter that may be absent: nil then.
func OptTextParam[T anyText](x *Exchange, i int) *T {
	text, how := x.readText(i)
	return optional(x, i, T(text), how)
}

// IntParam returns a parameter that is an integer.
func IntParam[T anyInt](x *Exchange, i int) T {
	n, how := x.readInt(i)
	if !holds[T](n) {
		how = readHard
	}
	return one(x, i, T(n), how)
}

// OptIntParam is IntParam for a parameter that may be absent: nil then.
func OptIntParam[T anyInt](x *Exchange, i int) *T {
	n, how := x.readInt(i)
	if !holds[T](n) {
		how = readHard
	}
	return optional(x, i, T(n), how)
}

// FloatParam returns a parameter that is a number.
func FloatParam[T anyFloat](x *Exchange, i int) T {
	n, how := x.readFloat(i, bitsOf[T]())
	return one(x, i, T(n), how)
}

// OptFloatParam is FloatParam for a parameter that may be absent: nil then.
func OptFloatParam[T anyFloat](x *Exchange, i int) *T {
	n, how := x.readFloat(i, bitsOf[T]())
	return optional(x, i, T(n), how)
}

// BoolParam returns a parameter that is true or false.
func BoolParam[T anyBool](x *Exchange, i int) T {
	value, how := x.readBool(i)
	return one(x, i, T(value), how)
}

// OptBoolParam is BoolParam for a parameter that may be absent: nil then.
func OptBoolParam[T anyBool](x *Exchange, i int) *T {
	value, how := x.readBool(i)
	return optional(x, i, T(value), how)
}

// TimeParam returns a parameter that is a date and time.
func TimeParam(x *Exchange, i int) time.Time {
	t, how := x.readTime(i)
	return one(x, i, t, how)
}

// OptTimeParam is TimeParam for a parameter that may be absent: nil then.
func OptTimeParam(x *Exchange, i int) *time.Time {
	t, how := x.readTime(i)
	return optional(x, i, t, how)
}

// TextListParam returns a parameter that is a list of strings.
func TextListParam[T anyText](x *Exchange, i int) []T {
	var space [16]string
	texts, plan, how := x.itemTexts(i, space[:0])
	if how != readValue {
		return one[[]T](x, i, nil, how)
	}
	out := make([]T, len(texts))
	for at, text := range texts {
		if !plan.fits(text) {
			return one[[]T](x, i, nil, readHard)
		}
		out[at] = T(text)
	}
	return out
}

// IntListParam returns a parameter that is a list of integers.
func IntListParam[T anyInt](x *Exchange, i int) []T {
	var space [16]string
	texts, plan, how := x.itemTexts(i, space[:0])
	if how != readValue {
		return one[[]T](x, i, nil, how)
	}
	out := make([]T, len(texts))
	for at, text := range texts {
		n, ok := plan.integer(text)
		if !ok || !holds[T](n) {
			return one[[]T](x, i, nil, readHard)
		}
		out[at] = T(n)
	}
	return out
}

// one returns the value that was read, or else decodes it by Param.
func one[T any](x *Exchange, i int, value T, how reading) T {
	if how == readHard {
		var hard T
		x.paramAt(i, &hard)
		return hard
	}
	return value
}

func optional[T any](x *Exchange, i int, value T, how reading) *T {
	switch how {
	case readValue:
		return &value
	case readAbsent:
		return nil
	}
	var hard *T
	x.paramAt(i, &hard)
	return hard
}

func bitsOf[T anyFloat]() int {
	var zero T
	if _, ok := any(zero).(float64); ok {
		return 64
	}
	half := T(1 << 24)
	if half+1 == half { // a float32 of another name
		return 32
	}
	return 64
}

// holds reports whether a type can represent a number.
func holds[T anyInt](n int64) bool { return int64(T(n)) == n && (n < 0) == (T(n) < 0) }
