package promobserver_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/promobserver"
	"github.com/limitgen/limitgen/gen/rest"
)

// One collector shows all clients and servers of a process to its registry.
func Example() {
	limits := promobserver.New(promobserver.Options{})
	registry := prometheus.NewRegistry() // or prometheus.DefaultRegisterer
	registry.MustRegister(limits)

	server, err := easemob.NewServer(easemob.Handlers{Users: users{}}, rest.WithObserver(limits.Observer()), rest.WithoutAuth())
	if err != nil {
		fmt.Println(err)
		return
	}
	web := httptest.NewServer(server)
	defer web.Close()
	client, err := easemob.NewClient(web.URL, "org", "app", rest.WithToken(rest.StaticToken("token")),
		rest.WithObserver(limits.Observer()))
	if err != nil {
		fmt.Println(err)
		return
	}
	limits.Watch(client, server)

	if _, err := client.Users.GetUser(context.Background(), "ann"); err != nil {
		fmt.Println(err)
	}
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "limitgen_limit_admitted_total") && strings.Contains(line, `"each"`) {
			fmt.Print(line)
		}
	}
	// Output:
	// limitgen_limit_admitted_total{api="easemob",limit="each",role="client"} 1
	// limitgen_limit_admitted_total{api="easemob",limit="each",role="server"} 1
}
