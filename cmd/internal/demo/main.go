// Command demo lets the generated client run at full speed against the generated server,
// both in this process and over HTTP, and prints a line for each limit in use.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// users, messages and groups serve the calls that the demo makes.
type users struct{ easemob.Unimplemented }

func (users) GetUser(_ context.Context, _ easemob.Scope, username string) (*easemob.UserResult, error) {
	return &easemob.UserResult{Entities: []easemob.User{{Username: username, Activated: true}}}, nil
}

func (users) RegisterUser(_ context.Context, _ easemob.Scope, body easemob.RegisterUserRequest) (*easemob.UserResult, error) {
	return &easemob.UserResult{Entities: []easemob.User{{Username: body.Username, Activated: true}}}, nil
}

func (users) RegisterUsers(_ context.Context, _ easemob.Scope, body easemob.RegisterUsersRequest) (*easemob.UserRegistrations, error) {
	return &easemob.UserRegistrations{}, nil
}

type messages struct{ easemob.Unimplemented }

func (messages) SendUserMessage(context.Context, easemob.Scope, easemob.MessageToUsersRequest) (*easemob.MessagesSent, error) {
	return &easemob.MessagesSent{}, nil
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	length := flags.Duration("for", 5*time.Second, "how long to run")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	server, err := easemob.NewServer(easemob.Handlers{Users: users{}, Messages: messages{}}, rest.WithoutAuth())
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	web := httptest.NewServer(server)
	defer web.Close()
	client, err := easemob.NewClient(web.URL, "demo", "app", rest.WithToken(rest.StaticToken("secret")))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	ctx, cancel := context.WithTimeout(context.Background(), *length)
	defer cancel()
	d := &demo{client: client}
	for range 8 {
		d.loop(ctx, func(ctx context.Context) error {
			_, err := client.Users.GetUser(ctx, "ann")
			return err
		})
		d.loop(ctx, func(ctx context.Context) error {
			_, err := client.Users.RegisterUser(ctx, easemob.RegisterUserRequest{Username: "ann"})
			return err
		})
		d.loop(ctx, func(ctx context.Context) error {
			_, err := client.Users.RegisterUsers(ctx, easemob.RegisterUsersRequest{{Username: "ann", Password: "secret"}})
			return err
		})
		d.loop(ctx, func(ctx context.Context) error {
			_, err := client.Messages.SendUserMessage(ctx, easemob.MessageToUsersRequest{
				To: []string{"ann", "bob", "cy"}, Type: easemob.MessageTypeTxt,
				Body: easemob.MessageBodyFromTextMessageBody(easemob.TextMessageBody{Msg: "hello"}),
			})
			return err
		})
	}
	d.watch(ctx, stdout)
	d.wait.Wait()
	fmt.Fprintf(stdout, "\n%d calls, %d refused by the server, %d other failures\n", d.calls.Load(), d.refused.Load(), d.failed.Load())
	if d.refused.Load()+d.failed.Load() > 0 {
		return 1
	}
	return 0
}

// demo counts what happens.
type demo struct {
	client                 *easemob.Client
	wait                   sync.WaitGroup
	calls, refused, failed atomic.Int64
}

// loop calls as fast as the client lets it.
func (d *demo) loop(ctx context.Context, call func(context.Context) error) {
	d.wait.Go(func() {
		for ctx.Err() == nil {
			err := call(ctx)
			var api *rest.APIError
			switch {
			case err == nil:
				d.calls.Add(1)
			case errors.As(err, &api) && api.StatusCode == 429:
				d.refused.Add(1)
			case ctx.Err() != nil || errors.Is(err, ratelimit.ErrLimited) || errors.Is(err, context.DeadlineExceeded):
				return // the run ends before the next call could go
			default:
				d.failed.Add(1)
				return
			}
		}
	})
}

// watch prints a line for each limit, once a second.
func (d *demo) watch(ctx context.Context, stdout io.Writer) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	fmt.Fprintf(stdout, "%-16s %6s %6s %8s %9s %9s\n", "limit", "used", "quota", "waiting", "calls", "refusals")
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, u := range d.client.Usage() {
			fmt.Fprintf(stdout, "%-16s %6d %6d %8d %9d %9d\n", u.Limit, u.Used, u.Quota, u.Waiting, d.calls.Load(), d.refused.Load())
		}
		fmt.Fprintln(stdout)
	}
}
