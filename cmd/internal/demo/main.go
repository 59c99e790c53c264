// Command demo does the same work twice at once, over HTTP against two generated servers of the
// Easemob spec: by a plain client behind a token bucket of the quota's size, and by the generated
// client. It shows how much of the quota each used, how often it was refused, and how long it took.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"sync"
	"time"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// work is what both clients do: batches of registrations with a pause after each, as a job has that
// reads its input in pieces.
type work struct {
	batches, size int
	pause         time.Duration
	callers       int
}

func (w work) total() int { return w.batches * w.size }

func run(args []string, stdout, stderr io.Writer) int {
	w := work{callers: 16}
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&w.batches, "batches", 4, "how many batches of registrations")
	flags.IntVar(&w.size, "size", 400, "registrations in each")
	flags.DurationVar(&w.pause, "pause", 1200*time.Millisecond, "pause after each batch")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	limit := registerLimit()
	runners, err := start(limit, w)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	fmt.Fprintf(stdout, "%d registrations in %d batches, within %d a second:\n\n", w.total(), w.batches, limit.Quota)
	ctx := context.Background()
	done := make(chan struct{})
	go func() {
		defer close(done)
		var both sync.WaitGroup
		for _, r := range runners {
			both.Go(func() { r.run(ctx, w) })
		}
		both.Wait()
	}()
	newScreen(stdout).watch(runners, done)
	bucket, ours := runners[0], runners[1]
	fmt.Fprintf(stdout, "\nA token bucket as large as the quota lets up to twice of it through in one window: %d requests\n"+
		"were refused, and sent again. limitgen's client counts each request until it has surely left the\n"+
		"server's window: %d were refused. Look next at gen/easemob/client_users_api.go, the code that\n"+
		"was called here, and at the tour in README.md.\n", bucket.refused.Load(), ours.refused.Load())
	if ours.refused.Load() > 0 || bucket.failed.Load()+ours.failed.Load() > 0 {
		return 1
	}
	return 0
}

// registerLimit returns the row of the table that the demo works against.
func registerLimit() ratelimit.Limit {
	for _, l := range easemob.Limits() {
		if l.Name == "register" {
			return l
		}
	}
	panic("the Easemob spec has no limit register")
}

// start serves the API twice, so that neither client spends from the other's quota.
func start(limit ratelimit.Limit, w work) ([]*runner, error) {
	var urls []string
	for range 2 {
		server, err := easemob.NewServer(easemob.Handlers{Users: users{}}, rest.WithoutAuth())
		if err != nil {
			return nil, err
		}
		urls = append(urls, httptest.NewServer(server).URL)
	}
	client, err := easemob.NewClient(urls[1], "demo", "app", rest.WithToken(rest.StaticToken("secret")))
	if err != nil {
		return nil, err
	}
	ours := func(ctx context.Context) error {
		_, err := client.Users.RegisterUser(ctx, easemob.RegisterUserRequest{Username: "ann"})
		return err
	}
	return []*runner{
		{name: "token bucket", limit: limit, total: w.total(), call: newPlain(urls[0], limit).register},
		{name: "limitgen", limit: limit, total: w.total(), call: ours},
	}, nil
}

// users serves the one call that is made.
type users struct{ easemob.Unimplemented }

func (users) RegisterUser(_ context.Context, _ easemob.Scope, body easemob.RegisterUserRequest) (*easemob.UserResult, error) {
	return &easemob.UserResult{Entities: []easemob.User{{Username: body.Username, Activated: true}}}, nil
}
