// Package doors shows generated limits at the door of other routers and clients, and measures them
// beside other limiters.
package doors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
)

const users, groups = "/org/app/users", "/org/app/messages/chatgroups"

func onHTTP() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{org}/{app}/", served)
	return easemob.Limit(rest.WithoutAuth())(mux)
}

func served(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		var body struct{ To []string }
		if json.NewDecoder(r.Body).Decode(&body) != nil || strings.HasSuffix(r.URL.Path, "chatgroups") && len(body.To) == 0 {
			w.WriteHeader(http.StatusTeapot) // the body did not arrive
			return
		}
	}
	w.WriteHeader(http.StatusNotImplemented)
}

func onChi() http.Handler {
	r := chi.NewRouter()
	r.Use(easemob.Limit(rest.WithoutAuth()))
	r.HandleFunc("/{org}/{app}/*", served)
	return r
}

func onGin() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	limits := easemob.Limit(rest.WithoutAuth())
	r.Use(func(c *gin.Context) {
		passed := false
		limits(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed = true
			c.Request = r
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort()
		}
	})
	r.Any("/:org/:app/*rest", gin.WrapF(served))
	return r
}

func onEcho() http.Handler {
	e := echo.New()
	e.Use(echo.WrapMiddleware(easemob.Limit(rest.WithoutAuth())))
	e.Any("/:org/:app/*", echo.WrapHandler(http.HandlerFunc(served)))
	return e
}

func onServer(t *testing.T) http.Handler {
	var none easemob.Unimplemented
	s, err := easemob.NewServer(easemob.Handlers{Users: none, Messages: none}, rest.WithoutAuth())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRouters sends one table of requests to the generated server and to the middleware in front of
// other routers: whether and why each is refused, and what is said of it, is the same.
func TestRouters(t *testing.T) {
	type request struct{ method, path, body string }
	var table []request
	for i := range 110 { // 100 a second for each operation
		table = append(table, request{"GET", fmt.Sprintf("%s/u%d", users, i), ""})
	}
	for i := range 12 { // 20 messages a second, 3 of them in one call
		to := strings.Repeat(`"g",`, i%4) + `"g"`
		table = append(table, request{"POST", groups, `{"from":"a","to":[` + to + `],"type":"txt","body":{"msg":"hi"}}`})
	}
	table = append(table,
		request{"POST", groups, `{"to":`},
		request{"DELETE", users + "?limit=5", ""},
		request{"GET", "/org2/app/users/x", ""},
		request{"GET", users + "?limit=2", ""},
	)
	synctest.Test(t, func(t *testing.T) {
		server := onServer(t)
		doors := []struct {
			name    string
			handler http.Handler
		}{{"net/http", onHTTP()}, {"chi", onChi()}, {"gin", onGin()}, {"echo", onEcho()}}
		refused := 0
		for round := range 3 {
			for i, q := range table {
				want := ask(server, q.method, q.path, q.body)
				if want.Code == http.StatusTooManyRequests {
					refused++
				}
				for _, d := range doors {
					got := ask(d.handler, q.method, q.path, q.body)
					if got.Code != want.Code || said(got) != said(want) {
						t.Fatalf("%s, round %d, request %d (%s %s): %d %s %s, want %d %s %s", d.name, round, i, q.method, q.path,
							got.Code, said(got), got.Body, want.Code, said(want), want.Body)
					}
				}
			}
			time.Sleep(700 * time.Millisecond)
		}
		if refused < 10 {
			t.Error("only", refused, "were refused")
		}
	})
}

func ask(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer t")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// said returns what an answer says of the limits; the hash of a key is salted in each server.
func said(w *httptest.ResponseRecorder) string {
	limit, _, _ := strings.Cut(w.Header().Get("RateLimit"), ";pk")
	return w.Header().Get("RateLimit-Policy") + " " + limit + " " + w.Header().Get("Retry-After")
}
