package rest

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// sold is a file of overrides.
type sold string

func newSold(t *testing.T, text string) sold {
	f := sold(filepath.Join(t.TempDir(), "sold.json"))
	f.write(t, text)
	return f
}

func (f sold) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(string(f), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// heard is what a watch told.
type heard struct {
	mu   sync.Mutex
	told []error
}

func (h *heard) hear(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, err)
}

func (h *heard) take() []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	told := h.told
	h.told = nil
	return told
}

// TestReloadReachesCallsThatWait lets calls of a client and a transport wait for a day, and edits
// the file.
func TestReloadReachesCallsThatWait(t *testing.T) {
	table := []ratelimit.Limit{{Name: "daily", Quota: 1, Window: 24 * time.Hour, Unit: "requests"}}
	config := ClientConfig{
		BaseURL: "http://api.test", Limits: table, Plans: map[string]map[string]ratelimit.Amount{"pro": {"daily": {Quota: 2}}},
		Operations: []Operation{{ID: "get", Method: "GET", Path: "/a", Rates: []Rate{{Cost: 1}}, Idempotent: true}},
	}
	answer := clientHandler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	type caller struct {
		call   func(ctx context.Context) error
		reload func(ctx context.Context, file string, told func(error)) error
	}
	for name, make := range map[string]func() caller{
		"client": func() caller {
			c, err := NewClient(config, []ClientOption{WithPlan("pro"), WithHTTPClient(&http.Client{Transport: answer})})
			if err != nil {
				t.Fatal(err)
			}
			return caller{func(ctx context.Context) error { return DoEmpty(ctx, c.NewCall(0)) }, c.Reload}
		},
		"transport": func() caller {
			tr, err := NewTransport(answer, config, []ClientOption{WithPlan("pro"), WithBaseURL("http://api.test")})
			if err != nil {
				t.Fatal(err)
			}
			return caller{func(ctx context.Context) error {
				req, err := http.NewRequestWithContext(ctx, "GET", "http://api.test/a", nil)
				if err != nil {
					return err
				}
				res, err := tr.RoundTrip(req)
				if err == nil {
					err = res.Body.Close()
				}
				return err
			}, tr.Reload}
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := newSold(t, "{}")
			synctest.Test(t, func(t *testing.T) {
				c := make()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var told heard
				if err := c.reload(ctx, string(file), told.hear); err != nil {
					t.Fatal(err)
				}
				var done atomic.Int64
				for range 10 {
					go func() {
						if c.call(ctx) == nil {
							done.Add(1)
						}
					}()
				}
				for _, step := range []struct {
					text string
					done int64
					told string
				}{{"{}", 2, ""}, {`{"daily": {"quota": 5}}`, 5, "nil"}, {`{"daily": {"quota": "6"}}`, 5, "line 1, column 21"}, {`{"daily": {"quota": 7}}`, 7, "nil"}} {
					file.write(t, step.text)
					time.Sleep(3 * time.Second)
					synctest.Wait()
					synctest.Wait()
					if n := done.Load(); n != step.done {
						t.Errorf("%s: %d calls are done, want %d", step.text, n, step.done)
					}
					switch told := told.take(); {
					case step.told == "" && len(told) == 0, step.told == "nil" && len(told) == 1 && told[0] == nil:
					case len(told) == 1 && told[0] != nil && step.told != "" && strings.Contains(told[0].Error(), step.told):
					default:
						t.Errorf("%s: told %v, want %s", step.text, told, step.told)
					}
				}
				cancel()
				synctest.Wait()
			})
		})
	}
}

// TestReloadOfAServer changes the quotas of a server and a middleware, for the server's own plan
// and for a caller's.
func TestReloadOfAServer(t *testing.T) {
	for name, make := range map[string]func() (http.Handler, *Server){
		"server": func() (http.Handler, *Server) { s := guarded(t, 1000, 3); return s, s },
		"middleware": func() (http.Handler, *Server) {
			m, err := NewMiddleware(guardedConfig(1000, 3), []ServerOption{WithErrorLog(nil)})
			if err != nil {
				t.Fatal(err)
			}
			inner := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ctx, _ := guardedHook(r.Context(), r, "", nil)
				inner.ServeHTTP(w, r.WithContext(ctx))
			}), m.server
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := newSold(t, "{}")
			synctest.Test(t, func(t *testing.T) {
				h, s := make()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var heard heard
				if err := s.Reload(ctx, string(file), heard.hear); err != nil {
					t.Fatal(err)
				}
				passes := func(token string) (n int) {
					for ask(h, "GET", "/op", "", "Authorization", "Bearer "+token).Code == http.StatusNoContent {
						n++
					}
					return n
				}
				if ann, bob := passes("ann"), passes("bob/gold"); ann != 3 || bob != 30 {
					t.Errorf("%d and %d of plan gold pass, want 3 and 30", ann, bob)
				}
				file.write(t, `{"account": {"quota": 10}}`)
				time.Sleep(3 * time.Second)
				synctest.Wait()
				if ann, bob := passes("ann"), passes("bob/gold"); ann != 7 || bob != 0 {
					t.Errorf("%d more and %d more of plan gold pass, want 7 and 0", ann, bob)
				}
				if q := s.LimitMetrics()[1].Quota; q != 10 {
					t.Errorf("metrics say %d", q)
				}
				file.write(t, `{"account": {"burst": 10}}`)
				time.Sleep(3 * time.Second)
				synctest.Wait()
				if told := heard.take(); len(told) != 2 || told[0] != nil || told[1] == nil || !strings.Contains(told[1].Error(), "a burst cannot come or go") {
					t.Errorf("told %v", told)
				}
				time.Sleep(2 * time.Minute)
				if ann, bob := passes("ann"), passes("bob/gold"); ann != 10 || bob != 10 {
					t.Errorf("a minute later %d and %d of plan gold pass, want 10 and 10", ann, bob)
				}
			})
		})
	}
}
