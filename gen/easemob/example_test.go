package easemob_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
)

// directory is a handler of some calls; Unimplemented answers the others.
type directory struct{ easemob.Unimplemented }

func (directory) GetUser(_ context.Context, scope easemob.Scope, username string) (*easemob.UserResult, error) {
	if username != "ann" {
		return nil, &rest.APIError{StatusCode: 404, Code: "service_resource_not_found", Message: "Service resource not found"}
	}
	return &easemob.UserResult{Entities: []easemob.User{{Username: username, Activated: true}}}, nil
}

// A server enforces the table on its handlers, and a client paces itself by the same table.
func Example() {
	server, err := easemob.NewServer(easemob.Handlers{Users: directory{}}, rest.WithoutAuth())
	if err != nil {
		fmt.Println(err)
		return
	}
	web := httptest.NewServer(server)
	defer web.Close()

	client, err := easemob.NewClient(web.URL, "org", "app", rest.WithToken(rest.StaticToken("token")))
	if err != nil {
		fmt.Println(err)
		return
	}
	user, err := client.Users.GetUser(context.Background(), "ann")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(user.Entities[0].Username)

	_, err = client.Users.GetUser(context.Background(), "bob")
	var failure *rest.APIError
	fmt.Println(errors.As(err, &failure), failure.StatusCode, failure.Code)
	// Output:
	// ann
	// true 404 service_resource_not_found
}

// fakeUsers stands in for the API in tests of code that calls it.
type fakeUsers struct{ easemob.UsersClient }

func (fakeUsers) GetUser(context.Context, string) (*easemob.UserResult, error) {
	return &easemob.UserResult{Entities: []easemob.User{{Username: "fake"}}}, nil
}

// Each group of calls is an interface, so that tests need no server.
func ExampleClient_fake() {
	client := &easemob.Client{Users: fakeUsers{}}
	user, err := client.Users.GetUser(context.Background(), "anybody")
	fmt.Println(user.Entities[0].Username, err)
	// Output: fake <nil>
}

// Prometheus scrapes what a process has seen of each limit; rules and a dashboard stand in config/.
func ExamplePrometheusHandler() {
	client, err := easemob.NewClient("", "org", "app", rest.WithShare(0.5))
	if err != nil {
		fmt.Println(err)
		return
	}
	metrics := httptest.NewRecorder()
	rest.PrometheusHandler(client).ServeHTTP(metrics, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(metrics.Body.String()) {
		if strings.Contains(line, `limit="messages-users"`) {
			fmt.Print(line)
		}
	}
	// Output:
	// limitgen_limit_used{api="easemob",role="client",limit="messages-users"} 0
	// limitgen_limit_quota{api="easemob",role="client",limit="messages-users"} 3000
	// limitgen_limit_admitted_total{api="easemob",role="client",limit="messages-users"} 0
	// limitgen_limit_refused_total{api="easemob",role="client",limit="messages-users"} 0
	// limitgen_limit_waiting{api="easemob",role="client",limit="messages-users"} 0
	// limitgen_limit_waited_seconds_total{api="easemob",role="client",limit="messages-users"} 0
	// limitgen_limit_exceeded_total{api="easemob",role="client",limit="messages-users"} 0
}

// What an account was sold stands in a file, in the shape of the table's plans.
func ExampleReadOverrides() {
	sold, err := easemob.ReadOverrides(strings.NewReader(`{
	  "messages-users": {"quota": 18000}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = easemob.NewClient("", "org", "app", rest.WithOverrides(sold))
	fmt.Println(sold["messages-users"].Quota, err)

	_, err = easemob.ReadOverrides(strings.NewReader(`{"message-users": {"quota": 18000}}`))
	fmt.Println(err)
	// Output:
	// 18000 <nil>
	// overrides: line 1, column 2: unknown limit "message-users"
}

// A limits.json as it is emitted overrides nothing; an edited one overrides what differs.
func ExampleReadOverrides_wholeFile() {
	data, err := os.ReadFile("config/json/limits.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	same, err := easemob.ReadOverrides(strings.NewReader(string(data)))
	fmt.Println(same, err)

	edited := strings.Replace(string(data), `"token": {"quota": 300`, `"token": {"quota": 600`, 1)
	amounts, err := easemob.ReadOverrides(strings.NewReader(edited))
	fmt.Println(amounts, err)
	// Output:
	// map[] <nil>
	// map[token:{600 0 0s}] <nil>
}

// A status page, or a test, asks where each limit stands.
func ExampleClient_Snapshot() {
	server, err := easemob.NewServer(easemob.Handlers{Users: directory{}}, rest.WithoutAuth())
	if err != nil {
		fmt.Println(err)
		return
	}
	web := httptest.NewServer(server)
	defer web.Close()
	client, err := easemob.NewClient(web.URL, "org", "app", rest.WithToken(rest.StaticToken("token")))
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		if _, err := client.Users.GetUser(context.Background(), "ann"); err != nil {
			fmt.Println(err)
		}
	}
	for _, l := range client.Snapshot() {
		for _, c := range l.Counters {
			fmt.Printf("%s: %d of %d %s in %v for %q\n", l.Limit, c.Used, c.Quota, l.Unit, l.Window, c.Values())
		}
	}
	for _, l := range server.Snapshot() {
		if l.Admitted > 0 {
			fmt.Printf("%s: %d admitted, %d refused, at most %d of %d used\n", l.Limit, l.Admitted, l.Refused, l.Used, l.Quota)
		}
	}
	// Output:
	// each: 3 of 100 requests in 1s for ["org" "app" "GET /{}/{}/users/{}"]
	// each: 3 admitted, 0 refused, at most 3 of 100 used
}
