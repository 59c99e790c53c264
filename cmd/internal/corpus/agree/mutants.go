package agree

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// mutants returns up to most values that differ from one in a single place, as JSON.
func mutants(text json.RawMessage, most int, r *rand.Rand) []json.RawMessage {
	var value any
	if json.Unmarshal(text, &value) != nil {
		return nil
	}
	var out []json.RawMessage
	seen := make(map[string]bool)
	emit := func(v any) {
		if text, err := json.Marshal(v); err == nil && !seen[string(text)] {
			seen[string(text)] = true
			out = append(out, text)
		}
	}
	mutate(value, emit)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(len(out), most)]
}

// others replace any value.
var others = []any{
	nil, true, false, json.RawMessage("0"), json.RawMessage("1"), json.RawMessage("1.0"), json.RawMessage("-1"), json.RawMessage("1.5"),
	json.RawMessage("1e2"), json.RawMessage("12345678901"), "", "a", "1", "true", "null", "2024-02-29", "2024-02-29T12:30:45Z",
	"3fa85f64-5717-4562-b3fc-2c963f66afa6", strings.Repeat("é", 70), []any{}, []any{nil}, []any{"a", "a"}, map[string]any{}, map[string]any{"x-unknown": 1},
}

// mutate emits a value with each change.
func mutate(value any, emit func(any)) {
	for _, o := range others {
		emit(o)
	}
	switch v := value.(type) {
	case map[string]any:
		mutateObject(v, emit)
	case []any:
		mutateArray(v, emit)
	case string:
		for _, text := range []string{v + "x", "x" + v, v + v, strings.ToUpper(v), v[:len(v)/2]} {
			emit(text)
		}
	case float64:
		for _, n := range []float64{v + 1, v - 1, v + 0.5, v * 2, v * 1000, -v} {
			emit(decimal(n))
		}
	}
}

func mutateObject(v map[string]any, emit func(any)) {
	with := func(change func(map[string]any)) {
		changed := maps.Clone(v)
		change(changed)
		emit(changed)
	}
	with(func(m map[string]any) { m["x-unknown"] = 1 })
	with(func(m map[string]any) { m["x-unknown"], m["y"], m["zz"] = "text", nil, []any{} })
	for _, name := range slices.Sorted(maps.Keys(v)) {
		with(func(m map[string]any) { delete(m, name) })
		mutate(v[name], func(inner any) {
			with(func(m map[string]any) { m[name] = inner })
		})
	}
}

func mutateArray(v []any, emit func(any)) {
	emit(append(slices.Clone(v), "more"))
	if len(v) == 0 {
		return
	}
	emit(v[1:])
	emit(append(slices.Clone(v), v[0]))
	emit(slices.Repeat(v, 12))
	for i := range v {
		mutate(v[i], func(inner any) {
			changed := slices.Clone(v)
			changed[i] = inner
			emit(changed)
		})
	}
}

// decimal writes a number without the digits that binary fractions add.
func decimal(n float64) json.RawMessage { return json.RawMessage(strconv.FormatFloat(n, 'g', 15, 64)) }
