package rest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What fails is logged without being asked for: a fresh server whose handlers fail is not silent.
func TestServerLogsByDefault(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	mine := ""
	own := func(_ context.Context, err error) { mine = err.Error() }
	for name, c := range map[string]struct {
		answer func(*Exchange, context.Context) error
		want   string // in the log
		gone   bool
		option ServerOption
	}{
		"error":        {func(*Exchange, context.Context) error { return errors.New("secret") }, "error=secret", false, nil},
		"panic":        {func(*Exchange, context.Context) error { panic("secret") }, "panic: secret", false, nil},
		"panic, gone":  {func(*Exchange, context.Context) error { panic("secret") }, "panic: secret", true, nil},
		"null":         {func(x *Exchange, _ context.Context) error { return x.JSON(200, nil, nil) }, "does not admit null", false, nil},
		"error, gone":  {func(*Exchange, context.Context) error { return errors.New("secret") }, "", true, nil},
		"chosen":       {func(*Exchange, context.Context) error { return &APIError{StatusCode: 404} }, "", false, nil},
		"none":         {func(x *Exchange, _ context.Context) error { return x.Empty(204, nil) }, "", false, nil},
		"silent":       {func(*Exchange, context.Context) error { return errors.New("secret") }, "", false, WithErrorLog(nil)},
		"own function": {func(*Exchange, context.Context) error { return errors.New("secret") }, "", false, WithErrorLog(own)},
	} {
		s, err := NewServer(ServerConfig{API: "shop", Operations: []Operation{{ID: "op", Method: "GET", Path: "/"}}}, []ServerOption{c.option})
		if err != nil {
			t.Fatal(err)
		}
		s.Handle(0, func(x *Exchange) error {
			return x.Run(func(ctx context.Context) error { return c.answer(x, ctx) })
		})
		out.Reset()
		ctx, cancel := context.WithCancel(context.Background())
		if c.gone {
			cancel()
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/", nil))
		cancel()
		if got := out.String(); c.want == "" && got != "" || !strings.Contains(got, c.want) ||
			c.want != "" && !strings.Contains(got, "level=ERROR msg=\"server error\" api=shop operation=op") {
			t.Errorf("%s: %q", name, got)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
	if mine != "secret" {
		t.Errorf("a function of one's own was given %q", mine)
	}
}

func hookFails(err error) authFunc {
	return func(context.Context, *http.Request, string, [][]string) (context.Context, error) { return nil, err }
}

// A 401 says how to authenticate, as HTTP asks for, unless the hook says it itself.
func TestServerChallenges(t *testing.T) {
	credentials := []Credential{{Scheme: "bearer", In: InHeader, Name: "Authorization", Prefix: "Bearer "}, {Scheme: "oauth", In: InHeader, Name: "Authorization", Prefix: "Bearer "},
		{Scheme: "basic", In: InHeader, Name: "Authorization", Prefix: "Basic "}, {Scheme: "key", In: InHeader, Name: "X-Key"}, {Scheme: "digest", In: InHeader, Name: "Authorization", Prefix: "Digest "}}
	for _, c := range []struct {
		security [][]string
		status   int
		own      string
		want     string
	}{
		{[][]string{{"bearer"}}, 401, "", `Bearer realm="A \"shop\"\\??"`},
		{[][]string{{"basic"}, {"oauth"}, {"bearer"}}, 401, "", `Basic realm="A \"shop\"\\??" | Bearer realm="A \"shop\"\\??"`},
		{[][]string{{"key", "basic"}}, 401, "", `Basic realm="A \"shop\"\\??"`},
		{[][]string{{"digest"}}, 401, "", `Digest`},
		{[][]string{{"key"}}, 401, "", ""},
		{[][]string{{"unknown"}, {}}, 401, "", ""},
		{nil, 401, "", ""},
		{[][]string{{"bearer"}}, 401, `Bearer error="invalid_token"`, `Bearer error="invalid_token"`},
		{[][]string{{"bearer"}}, 403, "", ""},
	} {
		config := ServerConfig{Title: "A \"shop\"\\\r\n", Credentials: credentials,
			Operations: []Operation{{ID: "op", Method: "GET", Path: "/", Security: c.security}}}
		failure := &APIError{StatusCode: c.status, Header: map[string][]string{}}
		if c.own != "" {
			failure.Header.Set("WWW-Authenticate", c.own)
		}
		hook := hookFails(failure)
		if c.status == 401 && c.own == "" {
			hook = hookFails(errors.New("unknown"))
		}
		w := ask(answering(t, config, nil, WithAuth(hook)), "GET", "/", "")
		if got := strings.Join(w.Header().Values("WWW-Authenticate"), " | "); w.Code != c.status || got != c.want {
			t.Errorf("%v: %d %s, want %s", c.security, w.Code, got, c.want)
		}
	}
}
