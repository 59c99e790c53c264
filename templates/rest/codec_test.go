package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sample makes random types as limitgen emits them, with schemas that describe them, and texts that
// are nearly of them.
type sample struct {
	*rand.Rand
	schemas []Schema
}

func (r *sample) add(s Schema) int {
	r.schemas = append(r.schemas, s)
	return len(r.schemas) - 1
}

func (r *sample) one(n int) bool { return r.IntN(n) == 0 }

func (r *sample) scalar() (reflect.Type, Schema) {
	switch r.IntN(12) {
	case 0:
		return stringType, Schema{Kinds: KindString, MinLength: r.IntN(2), MaxLength: 3}
	case 1:
		return stringType, Schema{Kinds: KindString, Enum: []string{`"a"`, `"b<"`, `"\u003c"`}}
	case 2:
		return stringType, Schema{Kinds: KindString, Pattern: regexp.MustCompile("^[a-z]*$")}
	case 3:
		return reflect.TypeFor[int64](), Schema{Kinds: KindInteger, Format: "int64"}
	case 4:
		return reflect.TypeFor[int32](), Schema{Kinds: KindInteger, Format: "int32", Min: Ptr(-5.0), Max: Ptr(7.0), ExclMax: r.one(2)}
	case 5:
		return reflect.TypeFor[int](), Schema{Kinds: KindInteger | KindNull, Enum: []string{"1", "2", "null"}[:2+r.IntN(2)]}
	case 6:
		return reflect.TypeFor[float64](), Schema{Kinds: KindNumber, MultipleOf: 0.5}
	case 7:
		return reflect.TypeFor[float32](), Schema{Kinds: []kinds{KindInteger, KindNumber, KindAny}[r.IntN(3)], Format: []string{"", "int32"}[r.IntN(2)]}
	case 8:
		return reflect.TypeFor[bool](), Schema{Kinds: KindBool}
	case 9:
		return timeType, Schema{Kinds: KindString, Format: []string{"date-time", "date", ""}[r.IntN(3)]}
	case 10:
		return reflect.TypeFor[[]byte](), Schema{Kinds: KindString, Format: "byte", MaxLength: 8}
	}
	return reflect.TypeFor[any](), Schema{Kinds: []kinds{KindAny, KindObject}[r.IntN(2)]}
}

// value makes a type and the number of its schema.
func (r *sample) value(depth int) (reflect.Type, int) {
	t, s := r.scalar()
	switch k := r.IntN(10); {
	case depth == 0 || k < 3:
	case k == 3:
		var item int
		t, item = r.value(depth - 1)
		t, s = reflect.SliceOf(t), Schema{Kinds: KindArray, Items: item, MinItems: r.IntN(2), MaxItems: 3, Unique: r.one(6)}
	case k == 4:
		var item int
		t, item = r.value(depth - 1)
		t, s = reflect.MapOf(stringType, t), Schema{Kinds: KindObject, Additional: item, MaxProps: 2}
	case k == 5:
		_, a := r.value(depth - 1)
		_, b := r.value(depth - 1)
		t, s = reflect.TypeFor[Union](), Schema{OneOf: []int{a, b}}
	default:
		t, s = r.object(depth)
	}
	at := 0
	if !r.one(8) {
		at = r.add(s)
	}
	if r.one(4) {
		t = reflect.PointerTo(t)
		at = r.add(Schema{AnyOf: []int{r.add(Schema{Kinds: KindNull}), at}})
	}
	return t, at
}

func (r *sample) object(depth int) (reflect.Type, Schema) {
	s := Schema{Kinds: KindObject, Additional: r.IntN(3) - 1, MinProps: r.IntN(2)}
	if s.Additional > 0 {
		s.Additional = r.add(Schema{Kinds: KindInteger})
	}
	var fields []reflect.StructField
	names := []string{"a", "b", "id", "ID", "ä", "k", "a~/"}
	at := r.IntN(3)
	part := Schema{Additional: s.Additional}
	for i, name := range names[at : at+1+r.IntN(4)] {
		t, schema := r.value(depth - 1)
		tag := `json:"` + name + `"`
		required := r.one(2)
		if !required {
			if t.Kind() != reflect.Slice && t.Kind() != reflect.Map && t.Kind() != reflect.Pointer {
				t = reflect.PointerTo(t)
			}
			tag = `json:"` + name + `,omitzero"`
		}
		if r.one(9) && t.Kind() == reflect.Slice && required {
			tag += ` null:"nil"`
		}
		fields = append(fields, reflect.StructField{Name: "F" + strconv.Itoa(i), Type: t, Tag: reflect.StructTag(tag)})
		to := &s
		if part.Additional == 0 && r.one(3) {
			to = &part
		}
		to.Properties = append(to.Properties, Property{Name: name, Required: required, Schema: schema})
	}
	if r.one(5) && s.Additional == 0 {
		s.Properties = append(s.Properties, Property{Name: "unseen", Schema: r.add(Schema{Kinds: KindInteger})})
	}
	sortProperties(s.Properties)
	sortProperties(part.Properties)
	if len(part.Properties) > 0 {
		s.AllOf = []int{r.add(part)}
	}
	return reflect.StructOf(fields), s
}

func sortProperties(p []Property) {
	for i := range p {
		for j := i; j > 0 && p[j].Name < p[j-1].Name; j-- {
			p[j], p[j-1] = p[j-1], p[j]
		}
	}
}

var oddTexts = []string{
	`null`, `true`, `false`, `1`, `-0`, `2.0`, `1e0`, `1.5`, `12345678901`, `9007199254740993`, `1e400`, `0.1e1`, `7.0000000000000001`, `1e-400`, `01`, `-`, `"a"`, `"\u0061"`, `"b\u003c"`,
	`"ü\ud83d\ude00"`, `"\ud83d"`, `"\u2028"`, `"a\/b"`, "\"\xff\"", `"`, `""`, `"YWJj"`, `"2024-02-03T04:05:06Z"`, `"2024-02-03"`, `"2024-02-03T04:05:06.5+01:00"`,
	`"2024-02-03T24:05:06,5Z"`, `[]`, `[1]`, `["a","a"]`, `[null]`, `{}`, `{"a":1}`, `{"a":1,"a":1}`, `{"A":1}`, `[`, `{`, `[1,]`, `{"a"}`, `{"x":{"y":[{"z":1,"z":2}]}}`,
}

// text writes a value that a schema nearly allows.
func (r *sample) text(at int) string {
	s := &r.schemas[at]
	var out string
	switch {
	case r.one(24):
		out = oddTexts[r.IntN(len(oddTexts))]
	case len(s.AnyOf)+len(s.OneOf) > 0:
		parts := slices.Concat(s.AnyOf, s.OneOf)
		out = r.text(parts[r.IntN(len(parts))])
	case len(s.Enum) > 0:
		out = s.Enum[r.IntN(len(s.Enum))]
	case s.Kinds == KindArray:
		var items []string
		for range r.IntN(4) {
			items = append(items, r.text(s.Items))
		}
		out = "[" + strings.Join(items, ", ") + "]"
	case s.Kinds == KindObject:
		out = r.members(s)
	case s.Kinds&(KindNumber|KindInteger) != 0:
		out = oddTexts[3+r.IntN(9)]
	case s.Kinds&KindString != 0:
		out = oddTexts[14+r.IntN(15)]
	default:
		out = oddTexts[r.IntN(len(oddTexts))]
	}
	if r.one(5) {
		out = " \n" + out + "\t"
	}
	return out
}

func (r *sample) members(s *Schema) string {
	var items []string
	properties := s.Properties
	for _, part := range s.AllOf {
		properties = append(properties[:len(properties):len(properties)], r.schemas[part].Properties...)
	}
	for _, p := range properties {
		if !p.Required && r.one(2) || r.one(20) {
			continue
		}
		name, _ := json.Marshal(p.Name)
		if r.one(10) {
			name = []byte(`"\u00` + strconv.FormatInt(int64(p.Name[0]), 16) + p.Name[1:] + `"`)
		}
		if r.one(30) {
			name = bytes.ToUpper(name)
		}
		items = append(items, string(name)+":"+r.text(p.Schema))
	}
	if (s.Additional >= 0 || r.one(9)) && r.one(2) {
		items = append(items, `"more":`+r.text(max(0, s.Additional)), `"\u006dore`+strconv.Itoa(r.IntN(3))+`":1`)
	}
	if r.one(20) && len(items) > 0 {
		items = append(items, items[0])
	}
	r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	return "{" + strings.Join(items, ",") + "}"
}

func newSample(seed uint64) (*sample, reflect.Type, int) {
	r := &sample{Rand: rand.New(rand.NewPCG(seed, 14)), schemas: []Schema{{}}}
	t, at := r.value(3)
	return r, t, at
}

// readSlowly is what a body is without the codec: three scans, the checker, encoding/json.
func readSlowly(s *Server, at int, text []byte, target any) error {
	if err := checkText(text); err != nil {
		return err
	}
	if err := s.check(at, scanPointer(text, ""), "body", new(int)); err != nil {
		return err
	}
	return unmarshal(text, target)
}

// TestReadAgrees holds that what the codec takes, the checker and encoding/json take with the same
// value, and that it takes most of it.
func TestReadAgrees(t *testing.T) {
	taken, left, refused := 0, 0, 0
	for seed := range uint64(4000) {
		r, typ, at := newSample(seed)
		s := &Server{config: ServerConfig{Schemas: r.schemas}}
		s.layouts.schemas = r.schemas
		p := s.layouts.of(typ, at)
		for range 12 {
			text := []byte(r.text(at))
			want, got := reflect.New(typ), reflect.New(typ)
			err := readSlowly(s, at, text, want.Interface())
			switch ok := readJSON(text, got.Elem(), p, s, new(int)); {
			case !ok && !got.Elem().IsZero():
				t.Fatalf("seed %d: %s leaves %#v", seed, text, got.Elem())
			case !ok && err == nil:
				left++
			case !ok:
				refused++
			case err != nil:
				t.Fatalf("seed %d: %s is taken for a %s, and refused: %v", seed, text, typ, err)
			case !same(want, got):
				t.Fatalf("seed %d: %s is %#v, want %#v", seed, text, got.Elem(), want.Elem())
			default:
				taken++
			}
			want, got = reflect.New(typ), reflect.New(typ) // as a client reads it
			if err = unmarshal(text, want.Interface()); !readJSON(text, got.Elem(), typeLayout(typ), nil, nil) {
				continue
			}
			if err != nil || !same(want, got) {
				t.Fatalf("seed %d: %s is %#v, want %#v, %v", seed, text, got.Elem(), want.Elem(), err)
			}
		}
	}
	t.Log(taken, "taken", left, "left to others", refused, "refused")
	if left*5 > taken || refused < taken/5 {
		t.Errorf("%d are taken, %d are left to others, %d refused", taken, left, refused)
	}
}

// same reports whether two values are alike, but for the space in the texts of unions: of that a
// text that is mended keeps none.
func same(want, got reflect.Value) bool {
	if reflect.DeepEqual(want.Interface(), got.Interface()) {
		return true
	}
	a, errA := json.Marshal(want.Interface())
	b, errB := json.Marshal(got.Interface())
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// TestWriteAgrees holds that values are written as encoding/json writes them when they are filled.
func TestWriteAgrees(t *testing.T) {
	check := func(v any) {
		t.Helper()
		for _, html := range []bool{true, false} {
			sameText(t, v, html)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for seed := range uint64(2000) {
		check(randomNode(r, 3))
		check(Ptr(randomNode(r, 3)))
		s, typ, at := newSample(seed)
		for range 4 {
			v := reflect.New(typ)
			if unmarshal([]byte(s.text(at)), v.Interface()) == nil {
				check(v.Interface())
				check(v.Elem().Interface())
			}
		}
	}
	for _, f := range []float64{0, 1e-6, 9.9e-7, 1e-10, 1e20, 1e21, 1.5e300, -2.5, 1 << 53, 0.1} {
		check(f)
		check(float32(f))
		check([]any{f, &f})
	}
	all := make([]byte, 0, 1<<12)
	for c := range 256 {
		all = append(all, byte(c))
	}
	for _, c := range []rune{0x7f, 0x2028, 0x2029, 0xfffd, 0x1f600} {
		all = append(all, string(c)...)
	}
	check(string(all))
	check(map[string]*int{string(all): nil, "b": Ptr(1), "a": nil})
	check(struct {
		At   time.Time  `json:"at,omitzero"`
		Then *time.Time `json:"then,omitempty"`
		Odd  time.Time  `json:"<odd>"`
	}{Then: &time.Time{}, Odd: time.Date(2024, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))})
	check(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
	check([]fillOpen{{Other: map[string][]int{"<": nil, "a": {1}}}})
}

func sameText(t *testing.T, v any, html bool) {
	t.Helper()
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(html)
	err := e.Encode(filled(v))
	got, gotErr := writeJSON(v, html)
	defer got.free()
	if fmt.Sprint(err) != fmt.Sprint(gotErr) || err == nil && strings.TrimSuffix(want.String(), "\n") != string(got.out) {
		t.Fatalf("%#v is\n%s, %v, want\n%s, %v", v, got.out, gotErr, &want, err)
	}
}

// TestWriteEachNameOnce leaves out other members that are named as a field is.
func TestWriteEachNameOnce(t *testing.T) {
	v := fuzzOpen{ID: 1, AdditionalProperties: map[string][]string{"id": {"2"}, "tags": {}, "ID": {"3"}}}
	const want = `{"id":1,"ID":["3"]}`
	if text, err := json.Marshal(v); err != nil || string(text) != want {
		t.Errorf("%s %v", text, err)
	}
	w, err := writeJSON(v, true)
	defer w.free()
	if err != nil || string(w.out) != want {
		t.Errorf("%s %v", w.out, err)
	}
}

// A text of many small lists takes about the memory that its lists need.
func TestListsTakeTheirSize(t *testing.T) {
	text := []byte("[" + strings.Repeat("[0,1,2,3,4],", 5000) + "[]]")
	p := typeLayout(reflect.TypeFor[[][]int64]())
	used := func(read func(v *[][]int64)) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read(new([][]int64))
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	got := used(func(v *[][]int64) {
		if !readJSON(text, reflect.ValueOf(v).Elem(), p, nil, nil) || len(*v) != 5001 {
			t.Error("not read")
		}
	})
	want := used(func(v *[][]int64) { _ = json.Unmarshal(text, v) })
	if got > 2*want {
		t.Errorf("%d bytes are taken, by encoding/json %d", got, want)
	}
}
