package rest

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestClientSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientCore(t, func(http.ResponseWriter, *http.Request) {})
		c.config.Operations[callGet].Rates = []Rate{{Limit: 0, Cost: 1, Key: []Dimension{{Expr: Expr{In: InPath, Name: "name"}}}}}
		for _, name := range []string{"b", "a:", "b", "b"} {
			r := c.NewCall(callGet)
			r.Path("name", name)
			if err := DoEmpty(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		got := c.Snapshot()
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
		if idle := c.Snapshot()[0]; idle.Counters != nil || idle.Used != 3 {
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
