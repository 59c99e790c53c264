package api

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/meaning/rest"
)

func (handlers) PostVehicle(_ context.Context, body Vehicle) (*Vehicle, error) { return &body, nil }

func (handlers) PostPlant(_ context.Context, body Plant) (*Plant, error) { return &body, nil }

// TestLevels holds that each level of an inheritance is known by its own values.
func TestLevels(t *testing.T) {
	server, err := NewServer(Handlers{API: handlers{}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	defer api.Close()
	client, err := NewClient(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for kind, v := range map[string]Vehicle{
		"coupe": VehicleFromCoupe(Coupe{Doors: rest.Ptr[int64](2), Top: "soft"}), "car": VehicleFromCar(Car{Doors: rest.Ptr[int64](4)}), "bike": VehicleFromBike(Bike{}),
	} {
		out, err := client.API.PostVehicle(ctx, v)
		if err != nil || out.Kind() != kind {
			t.Errorf("%s: %v %v", kind, out, err)
			continue
		}
		coupe, none := out.AsCoupe()
		if _, car := out.AsCar(); (none == nil) != (kind == "coupe") || (car == nil) != (kind == "car") || none == nil && coupe.Top != "soft" {
			t.Errorf("%s: %+v, %v, %v", kind, coupe, none, car)
		}
	}
	plants := []Plant{PlantFromTree(TreeFromOak(Oak{Height: rest.Ptr[int64](9)})), PlantFromTree(TreeFromElm(Elm{})), PlantFromMoss(Moss{Wet: rest.Ptr(true)})}
	for i, want := range []string{`{"kind":"Oak","height":9}`, `{"kind":"elm"}`, `{"kind":"Moss","wet":true}`} {
		out, err := client.API.PostPlant(ctx, plants[i])
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if text, err := json.Marshal(out); err != nil || string(text) != want {
			t.Errorf("%s, %v; want %s", text, err, want)
		}
		if tree, err := out.AsTree(); (err == nil) != (i < 2) || i < 2 && tree.Kind() != out.Kind() {
			t.Error(want, tree, err)
		}
	}
	for path, bodies := range map[string][]string{
		"/vehicles": {`{"type":"coupe"}`, `{"type":"tram"}`, `{"type":"car","doors":"x"}`, `{}`},
		"/plants":   {`{"kind":"Tree"}`, `{"kind":"Elm"}`, `{"kind":"Oak","height":"x"}`},
	} {
		for _, body := range bodies {
			r := httptest.NewRequest("POST", path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if server.ServeHTTP(w, r); w.Code != 400 {
				t.Error(path, body, w.Code, w.Body)
			}
		}
	}
}
