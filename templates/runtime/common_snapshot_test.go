package runtime

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

func TestClientSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientCore(t, func(http.ResponseWriter, *http.Request) {})
		c.config.operations[callGet].rates = []rate{{limit: 0, cost: 1, key: []dimension{{expr: expr{in: inPath, name: "name"}}}}}
		for _, name := range []string{"b", "a:", "b", "b"} {
			r := c.call(callGet)
			r.path("name", name)
			if err := doEmpty(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		got := c.snapshot()
		if len(got) != len(clientLimits) || got[1].Limit != "units" || got[1].Window != time.Minute || got[1].Unit != "messages" || got[1].Counters != nil {
			t.Errorf("got %+v", got)
		}
		each := got[0]
		if each.Admitted != 4 || each.Used != 3 || each.Quota != 10 || len(each.Counters) != 2 {
			t.Fatalf("got %+v", each)
		}
		first, second := each.Counters[0], each.Counters[1]
		if first.Used != 3 || !slices.Equal(first.Values(), []string{"b"}) || second.Used != 1 || !slices.Equal(second.Values(), []string{"a:"}) {
			t.Errorf("got %+v", each.Counters)
		}
		time.Sleep(2 * time.Second)
		if idle := c.snapshot()[0]; idle.Counters != nil || idle.Used != 3 {
			t.Errorf("got %+v", idle)
		}
	})
}

func TestServerSnapshot(t *testing.T) {
	s, _ := testServer(t, nil)
	for range 6 {
		post(t, s, "/acme/users", `{"name":"ann"}`)
	}
	got := s.Snapshot()
	if len(got) != 1 || got[0].Admitted != 5 || got[0].Refused != 1 || got[0].Used != 5 || got[0].Window != time.Minute {
		t.Errorf("got %+v", got)
	}
}

func TestUsageYielded(t *testing.T) {
	p := NewPacer(PacerOptions{Adaptive: true})
	limit := &Limit{Name: "each", Quota: 100, Window: time.Minute, Unit: "requests"}
	if _, err := p.TryAcquire([]Charge{{Limit: limit, Cost: 1}}); err != nil {
		t.Fatal(err)
	}
	if u := p.Usage()[0]; u.Yielded != 0 || u.Quota != 100 {
		t.Errorf("before: %+v", u)
	}
	p.Exceeded("each", "")
	if u := p.Usage()[0]; u.Yielded < 15 || u.Yielded > 20 || u.Quota != 100 {
		t.Errorf("after: %+v", u)
	}
}

func TestUsageValues(t *testing.T) {
	for _, want := range [][]string{nil, {""}, {"org", "app"}, {"3:", "ü"}, {"", "1:1:"}} {
		var key []byte
		for _, v := range want {
			key = appendKey(key, v)
		}
		if got := (Usage{Key: string(key)}).Values(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, key := range []string{"another", "9:x", "-1:", "3", ":"} {
		if got := (Usage{Key: key}).Values(); !slices.Equal(got, []string{key}) {
			t.Errorf("%q: got %q", key, got)
		}
	}
}

// Texts are fit to be shown, and no two of different values are alike.
func TestUsageTexts(t *testing.T) {
	text := func(value string) string {
		texts := Usage{Key: string(appendKey(nil, value))}.Texts()
		if len(texts) != 1 {
			t.Fatalf("%.40q: %q", value, texts)
		}
		return texts[0]
	}
	for _, value := range []string{"", "org/1", "ü\n\"\\", strings.Repeat("x", longestText)} {
		if got := text(value); got != value {
			t.Errorf("got %q, want %q", got, value)
		}
	}
	seen := make(map[string]string)
	long := strings.Repeat("ü", 1<<19)
	values := []string{"\xff", "\xfe", "\uFFFD", long, long + "x", "x" + long, strings.Repeat("x", longestText+1)}
	for _, value := range slices.Clone(values) {
		values = append(values, text(value)) // what somebody may send who has seen it
	}
	for _, value := range values {
		got := text(value)
		if before, ok := seen[got]; ok && before != value || !utf8.ValidString(got) || len(got) > 3*longestText {
			t.Errorf("%.40q and %.40q are %q", value, before, got)
		}
		seen[got] = value
	}
}
