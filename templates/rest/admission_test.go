package rest

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// guarded returns a server with an early limit per address, one per identity that plans change, and
// one per credential. The token is the identity, a plan behind a slash is the plan; "guess" is
// refused.
func guarded(t testing.TB, early, late int64, options ...ServerOption) *Server {
	t.Helper()
	c := guardedConfig(early, late)
	s, err := NewServer(c, append([]ServerOption{WithErrorLog(nil), WithAuth(guardedHook)}, options...))
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(0, func(x *Exchange) error {
		var n int
		x.Param(InQuery, "n", &n)
		return x.Run(func(ctx context.Context) error {
			if _, ok := IdentityOf(ctx); !ok {
				t.Error("the handler does not know the caller")
			}
			return x.Empty(204, nil)
		})
	})
	return s
}

func guardedConfig(early, late int64) ServerConfig {
	return ServerConfig{
		Limits: []ratelimit.Limit{
			{Name: "address", Quota: early, Window: time.Minute, Unit: "requests"},
			{Name: "account", Quota: late, Window: time.Minute, Unit: "requests"},
		},
		Plans:       map[string]map[string]ratelimit.Amount{"gold": {"account": {Quota: 10 * late}}},
		Schemas:     []Schema{{}, {Kinds: KindInteger}},
		Credentials: []Credential{{Scheme: "b", In: InHeader, Name: "Authorization", Prefix: "Bearer "}},
		Operations: []Operation{{ID: "op", Method: "GET", Path: "/op", Security: [][]string{{"b"}},
			Params: []Param{{In: InQuery, Name: "n", Schema: 1}},
			Rates: []Rate{
				{Limit: 0, Cost: 1, Early: true, Key: []Dimension{{Kind: DimClientIP}}},
				{Limit: 1, Cost: 1, Key: []Dimension{{Kind: DimIdentity}}},
			}}},
	}
}

func guardedHook(ctx context.Context, r *http.Request, _ string, _ [][]string) (context.Context, error) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "guess" || token == "" {
		return nil, fmt.Errorf("not known")
	}
	user, plan, _ := strings.Cut(token, "/")
	return WithIdentity(ctx, Identity{Key: strings.TrimLeft(user, "0123456789"), Plan: plan}), nil
}

// What protects log-in: guesses and malformed requests stay counted by address, and are refused
// before they are looked at.
func TestServerLimitsGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := guarded(t, 5, 100)
		for i, c := range []struct {
			target, token string
			status        int
		}{
			{"/none", "guess", 404}, {"/op", "guess", 401}, {"/op", "guess", 401}, {"/op?n=x", "ann", 400}, {"/op", "ann", 204}, {"/op", "guess", 401},
			{"/op", "guess", 429}, {"/op", "ann", 429}, {"/none", "guess", 404},
		} {
			if w := ask(s, "GET", c.target, "", "Authorization", "Bearer "+c.token); w.Code != c.status {
				t.Errorf("%d, %s by %s: %d, want %d", i, c.target, c.token, w.Code, c.status)
			}
		}
		time.Sleep(time.Minute)
		if w := ask(s, "GET", "/op", "", "Authorization", "Bearer ann"); w.Code != 204 {
			t.Error(w.Code)
		}
		m := s.LimitMetrics()
		if m[0].Admitted != 6 || m[0].Refused != 2 || m[1].Admitted != 2 || m[1].Refused != 0 {
			t.Errorf("%+v", m)
		}
	})
}

// A 429 of a later limit returns what the early ones took, also with other calls in between.
func TestServerGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := guarded(t, 10, 2)
		status := func(token string) int { return ask(s, "GET", "/op", "", "Authorization", "Bearer "+token).Code }
		for range 2 {
			if got := status("ann"); got != 204 {
				t.Fatal(got)
			}
		}
		for range 50 {
			if got := status("ann"); got != 429 {
				t.Fatal(got)
			}
			time.Sleep(time.Second / 2)
		}
		for i := range 8 {
			if got := status(fmt.Sprintf("%c", 'b'+i)); got != 204 {
				t.Fatal("what was refused has been spent", i, got)
			}
		}
		if got := status("z"); got != 429 {
			t.Fatal("more than the quota", got)
		}
		if m := s.LimitMetrics(); m[0].Admitted != 10 || m[0].Refused != 1 || m[1].Refused != 50 {
			t.Errorf("%+v", m)
		}
	})
}

// Two tokens of one user are one counter, and a plan is the caller's.
func TestServerIdentityAndPlan(t *testing.T) {
	var logged []string
	s := guarded(t, 1000, 3, WithErrorLog(func(_ context.Context, err error) { logged = append(logged, err.Error()) }))
	admitted := func(tokens ...string) int {
		n := 0
		for i := range 60 {
			w := ask(s, "GET", "/op", "", "Authorization", "Bearer "+tokens[i%len(tokens)])
			if w.Code == 204 {
				n++
			}
			if text := fmt.Sprint(w.Header(), w.Body); strings.Contains(text, "ann@x") || strings.Contains(text, "bob@x") {
				t.Error("an identity is shown:", text)
			}
		}
		return n
	}
	if n := admitted("1ann@x", "2ann@x", "3ann@x"); n != 3 {
		t.Errorf("three tokens of one user got %d", n)
	}
	if n := admitted("bob@x/gold"); n != 30 {
		t.Errorf("a plan of 30 got %d", n)
	}
	w := ask(s, "GET", "/op", "", "Authorization", "Bearer bob@x/gold")
	if got := w.Header().Get("RateLimit-Policy"); w.Code != 429 || got != `"account";q=30;w=60` {
		t.Error(w.Code, got)
	}
	if n := admitted("cid/none"); n != 3 || len(logged) != 60 || !strings.Contains(logged[0], `"none"`) {
		t.Errorf("an unknown plan got %d, logged %d", n, len(logged))
	}
	if m := s.LimitMetrics()[1]; m.Used > m.Quota || m.Admitted != 36 {
		t.Errorf("%+v", m)
	}
	if s := guarded(t, 1000, 3, WithPlan("gold")); ask(s, "GET", "/op", "", "Authorization", "Bearer ann").Header().Get("RateLimit-Policy") != `"account";q=30;w=60` {
		t.Error("the server's own plan")
	}
	sold := guarded(t, 1000, 3, WithOverrides(map[string]ratelimit.Amount{"account": {Quota: 7}}))
	if ask(sold, "GET", "/op", "", "Authorization", "Bearer ann/gold").Header().Get("RateLimit-Policy") != `"account";q=7;w=60` {
		t.Error("overrides come after the plan's")
	}
}

// A request that counts by identity and has none is not counted in one counter of all such.
func TestServerWithoutIdentity(t *testing.T) {
	c := ServerConfig{Limits: []ratelimit.Limit{{Name: "account", Quota: 1, Window: time.Minute, Unit: "requests"}},
		Operations: []Operation{{ID: "op", Method: "GET", Path: "/", Rates: []Rate{{Cost: 1, Key: []Dimension{{Kind: DimIdentity}}}}}}}
	if _, err := NewServer(c, []ServerOption{WithoutAuth()}); err == nil || !strings.Contains(err.Error(), "account") ||
		!strings.Contains(err.Error(), `in tests a fixed one: Identity{Key: "test"}`) {
		t.Error(err)
	}
	if _, err := NewServer(c, []ServerOption{WithoutLimits()}); err != nil {
		t.Error(err)
	}
	hook := func(ctx context.Context, _ *http.Request, _ string, _ [][]string) (context.Context, error) {
		return ctx, nil
	}
	for want, security := range map[int][][]string{401: nil, 500: {{"b"}}} {
		c.Operations[0].Security = security
		logged := 0
		s := answering(t, c, func(x *Exchange, _ context.Context) error { return x.Empty(204, nil) }, WithAuth(hook), WithErrorLog(func(context.Context, error) { logged++ }))
		if w := ask(s, "GET", "/", ""); w.Code != want || logged != 1 {
			t.Error(w.Code, want, logged)
		}
	}
}

// All ways of spelling one credential are one counter.
func TestServerCredentialSpellings(t *testing.T) {
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	signed := "e30.e30." + base64.RawURLEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	c := ServerConfig{
		Limits: []ratelimit.Limit{{Name: "each", Quota: 1, Window: time.Minute, Unit: "requests"}},
		Credentials: []Credential{{Scheme: "token", In: InHeader, Name: "Authorization", Prefix: "Bearer "}, {Scheme: "basic", In: InHeader, Name: "Authorization", Prefix: "Basic "},
			{Scheme: "key", In: InHeader, Name: "X-Key"}, {Scheme: "query", In: InQuery, Name: "key"}},
		Operations: []Operation{{ID: "op", Method: "GET", Path: "/", Security: [][]string{{"token"}, {"basic"}, {"key"}, {"query"}},
			Rates: []Rate{{Cost: 1, Key: []Dimension{{Kind: DimCredential}}}}}},
	}
	type request struct{ target, authorization, key string }
	for name, r := range map[string]struct {
		first, second request
		scheme        string
		other         bool
	}{
		"spaces":                   {request{"/", "Bearer a", ""}, request{"/", "Bearer   a ", ""}, "", false},
		"tab":                      {request{"/", "Bearer a", ""}, request{"/", "Bearer\ta", ""}, "", false},
		"case of the scheme":       {request{"/", "Bearer a", ""}, request{"/", "BEARER a", ""}, "", false},
		"case of the token":        {request{"/", "Bearer a", ""}, request{"/", "Bearer A", ""}, "", true},
		"basic, unused bits":       {request{"/", basic("a:b2"), ""}, request{"/", strings.Replace(basic("a:b2"), "g==", "h==", 1), ""}, "", false},
		"basic, no padding":        {request{"/", basic("a:b2"), ""}, request{"/", strings.TrimRight(basic("a:b2"), "="), ""}, "", false},
		"basic, other alphabet":    {request{"/", basic("a:>>>???"), ""}, request{"/", strings.NewReplacer("+", "-", "/", "_").Replace(basic("a:>>>???")), ""}, "", false},
		"basic, spaces":            {request{"/", basic("a:b"), ""}, request{"/", strings.Replace(basic("a:b"), " ", "  ", 1), ""}, "", false},
		"basic, another password":  {request{"/", basic("a:b"), ""}, request{"/", basic("a:c"), ""}, "", true},
		"a signature's bits":       {request{"/", "Bearer " + signed, ""}, request{"/", "Bearer " + signed[:len(signed)-1] + "Z", ""}, "", false},
		"another signature":        {request{"/", "Bearer " + signed, ""}, request{"/", "Bearer " + strings.Replace(signed, "MDEy", "MDEz", 1), ""}, "", true},
		"key beside a bogus token": {request{"/", "Bearer x", "k"}, request{"/", "Bearer y", "k"}, "", false},
		"key without a token":      {request{"/", "Bearer x", "k"}, request{"/", "", "k"}, "", false},
		"spaces around a key":      {request{"/", "", "k"}, request{"/", "", "  k "}, "", false},
		"key in the query":         {request{"/?key=a%62", "", ""}, request{"/?%6bey=ab&key=z", "", ""}, "", false},
		"accepted scheme":          {request{"/", "Bearer x", "k"}, request{"/", "Bearer x", "l"}, "key", true},
		"accepted scheme, same":    {request{"/", "Bearer x", "k"}, request{"/", "Bearer y", "k"}, "key", false},
		"accepted, but not there":  {request{"/", "Bearer x", ""}, request{"/", "Bearer x", ""}, "key", false},
	} {
		t.Run(name, func(t *testing.T) {
			hook := func(ctx context.Context, _ *http.Request, _ string, _ [][]string) (context.Context, error) {
				return WithIdentity(ctx, Identity{Scheme: r.scheme}), nil
			}
			s := answering(t, c, func(x *Exchange, _ context.Context) error { return x.Empty(204, nil) }, WithAuth(hook))
			var got []int
			for _, q := range []request{r.first, r.second} {
				header := []string{"Authorization", q.authorization}
				if q.key != "" {
					header = append(header, "X-Key", q.key)
				}
				got = append(got, ask(s, "GET", q.target, "", header...).Code)
			}
			want := 429
			if r.other {
				want = 204
			}
			if got[0] != 204 || got[1] != want {
				t.Errorf("%v, want 204 and %d", got, want)
			}
		})
	}
}

func TestServerClientNetwork(t *testing.T) {
	for _, c := range []struct {
		peer string
		bits int
		want string
	}{
		{"[2001:db8:1:2:3:4:5:6]:7", 0, "2001:db8:1:2::/64"},
		{"[2001:db8:1:2:ffff::]:7", 64, "2001:db8:1:2::/64"},
		{"[2001:db8:1:2::1%eth0]:7", 48, "2001:db8:1::/48"},
		{"[2001:db8::1]:7", 128, "2001:db8::1"},
		{"[::ffff:1.2.3.4]:7", 64, "1.2.3.4"},
		{"[64:ff9b::102:304]:7", 64, "1.2.3.4"},
		{"1.2.3.4:5", 24, "1.2.3.4"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if got := clientAddress(r, nil, c.bits); got != c.want {
			t.Errorf("%s: %s, want %s", c.peer, got, c.want)
		}
	}
	s := &serverSettings{}
	if WithIPv6Prefix(0).applyToServer(s) == nil || WithIPv6Prefix(129).applyToServer(s) == nil || WithIPv6Prefix(56).applyToServer(s) != nil || s.prefix != 56 {
		t.Error(s.prefix)
	}
}

// Concurrent requests that are decided before authentication are held until the answer, also when
// that is a 401.
func TestServerHoldsEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := ratelimit.NewGate(ratelimit.GateOptions{})
		s := guarded(t, 2, 100, WithEnforcer(gate))
		limits := s.base.now().limits
		limits[0].Unit, limits[0].Window = "concurrent-requests", 0
		held := make(chan struct{})
		s.around = append(s.around, func(ctx context.Context, _ string, next func(context.Context) error) error { <-held; return next(ctx) })
		var wg sync.WaitGroup
		status := func(token string) int { return ask(s, "GET", "/op", "", "Authorization", "Bearer "+token).Code }
		for range 5 {
			if got := status("guess"); got != 401 {
				t.Fatal(got)
			}
		}
		for range 2 {
			wg.Go(func() {
				if got := status("ann"); got != 204 {
					t.Error(got)
				}
			})
		}
		synctest.Wait()
		if got := status("guess"); got != 429 {
			t.Error("a third in flight", got)
		}
		close(held)
		wg.Wait()
		if got := status("ann"); got != 204 {
			t.Error(got)
		}
	})
}

// What an API announced is in force from its time on, in the server and its headers, for callers of
// its own plan and of one that says nothing of it; a plan's own figure stays. The client goes
// along.
func TestAnnouncedFiguresHoldFromTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		change := time.Now().Add(time.Hour)
		limits := []ratelimit.Limit{
			{Name: "a", Quota: 5, Window: time.Minute, Unit: "requests", Stages: []ratelimit.Stage{{From: change, Quota: 2}}},
		}
		plans := map[string]map[string]ratelimit.Amount{"gold": {"a": {Quota: 9}}, "same": {}}
		ops := []Operation{{ID: "op", Method: "GET", Path: "/op", Rates: []Rate{{Limit: 0, Cost: 1, Key: []Dimension{{Kind: DimIdentity}}}}}}
		hook := func(ctx context.Context, r *http.Request, _ string, _ [][]string) (context.Context, error) {
			return WithIdentity(ctx, Identity{Key: r.Header.Get("User"), Plan: r.Header.Get("Plan")}), nil
		}
		s, err := NewServer(ServerConfig{Limits: limits, Plans: plans, Schemas: []Schema{{}}, Operations: ops}, []ServerOption{WithErrorLog(nil), WithAuth(hook)})
		if err != nil {
			t.Fatal(err)
		}
		s.Handle(0, func(x *Exchange) error {
			return x.Run(func(context.Context) error { return x.Empty(204, nil) })
		})
		admitted := func(user, plan string) (n int, policy string) {
			for range 20 {
				r := httptest.NewRequest("GET", "/op", nil)
				r.Header.Set("User", user)
				r.Header.Set("Plan", plan)
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				if w.Code == 204 {
					n++
				}
				policy = w.Header().Get("RateLimit-Policy")
			}
			return n, policy
		}
		for _, step := range []struct {
			own, same, gold int
			policy          string
		}{{5, 5, 9, `"a";q=5;w=60`}, {2, 2, 9, `"a";q=2;w=60`}} {
			own, policy := admitted("ann", "")
			same, _ := admitted("ben", "same")
			gold, _ := admitted("cat", "gold")
			if own != step.own || same != step.same || gold != step.gold || !strings.HasPrefix(policy, step.policy) {
				t.Errorf("%d, %d, %d admitted by %q, want %+v", own, same, gold, policy, step)
			}
			if q := s.Snapshot()[0].Quota; q != int64(step.own) {
				t.Errorf("the snapshot has a quota of %d, want %d", q, step.own)
			}
			time.Sleep(time.Hour + time.Minute)
		}
	})
}

// A plan may have another window: its callers are counted apart, and told of it.
func TestPlansHaveWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := []ratelimit.Limit{{Name: "a", Quota: 2, Window: time.Second, Unit: "requests"}}
		plans := map[string]map[string]ratelimit.Amount{"trial": {"a": {Quota: 3, Window: time.Hour}}}
		ops := []Operation{{ID: "op", Method: "GET", Path: "/op", Rates: []Rate{{Limit: 0, Cost: 1}}}}
		hook := func(ctx context.Context, r *http.Request, _ string, _ [][]string) (context.Context, error) {
			return WithIdentity(ctx, Identity{Key: "one", Plan: r.Header.Get("Plan")}), nil
		}
		s, err := NewServer(ServerConfig{Limits: limits, Plans: plans, Schemas: []Schema{{}}, Operations: ops}, []ServerOption{WithAuth(hook)})
		if err != nil {
			t.Fatal(err)
		}
		s.Handle(0, func(x *Exchange) error {
			return x.Run(func(context.Context) error { return x.Empty(204, nil) })
		})
		admitted := func(plan, policy string) (n int) {
			for range 5 {
				r := httptest.NewRequest("GET", "/op", nil)
				r.Header.Set("Plan", plan)
				w := httptest.NewRecorder()
				if s.ServeHTTP(w, r); w.Code == 204 {
					n++
				}
				if got := w.Header().Get("RateLimit-Policy"); got != policy {
					t.Errorf("plan %q: %s, want %s", plan, got, policy)
				}
			}
			return n
		}
		for i, want := range [][2]int{{2, 3}, {2, 0}, {2, 0}} {
			own, trial := admitted("", `"a";q=2;w=1`), admitted("trial", `"a";q=3;w=3600`)
			if own != want[0] || trial != want[1] {
				t.Errorf("step %d: %d and %d, want %v", i, own, trial, want)
			}
			time.Sleep(2 * time.Second)
		}
		time.Sleep(time.Hour)
		if n := admitted("trial", `"a";q=3;w=3600`); n != 3 {
			t.Errorf("%d after an hour", n)
		}
	})
}
