package otelobserver_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/otelobserver"
	"github.com/limitgen/limitgen/gen/rest"
)

// One reporter reports of all clients and servers of a process.
func Example() {
	reader := metric.NewManualReader() // or a periodic one with an exporter
	limits, err := otelobserver.New(otelobserver.Options{
		Provider: metric.NewMeterProvider(metric.WithReader(reader)), // the global one unless set
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer limits.Close()

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
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		fmt.Println(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		fmt.Println(m.Name, m.Unit)
	}
	// Output:
	// limitgen.limit.used {unit}
	// limitgen.limit.quota {unit}
	// limitgen.limit.admitted {request}
	// limitgen.limit.refused {request}
	// limitgen.limit.waiting {call}
	// limitgen.limit.waited s
	// limitgen.limit.exceeded {response}
	// limitgen.limit.cost {unit}
	// limitgen.limit.wait.duration s
	// http.client.request.duration s
	// http.server.request.duration s
}
