package slogobserver_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
	"github.com/limitgen/limitgen/gen/slogobserver"
)

// What the limits do is written to a logger, without the partition keys unless Options.Keys asks for them.
func Example() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "wait" { // they differ from run to run
			return slog.Attr{}
		}
		return a
	}}))
	busy := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "5")
		w.Header().Set("RateLimit", `"each";r=0`)
		w.WriteHeader(http.StatusTooManyRequests)
	})
	web := httptest.NewServer(busy)
	defer web.Close()

	client, err := easemob.NewClient(web.URL, "org", "app", rest.WithToken(rest.StaticToken("token")), rest.WithMaxRetries(0),
		rest.WithObserver(slogobserver.New(logger, slogobserver.Options{})))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.Users.GetUser(context.Background(), "ann"); err == nil {
		fmt.Println("not refused")
	}
	// Output:
	// level=WARN msg="rate limited by the API" api=easemob role=client operation=getUser limits=[each] cost.each=1 attempt=1 status=429 within_quota=true error="429 Too Many Requests (limits: each)"
}
