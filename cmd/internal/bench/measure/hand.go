//go:build bench

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// The API as a program has it that uses net/http and encoding/json, and checks nothing but numbers.

type owner struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

type newPet struct {
	Name   string   `json:"name"`
	Owner  *owner   `json:"owner,omitempty"`
	Status string   `json:"status"`
	Tags   []string `json:"tags,omitempty"`
	Weight *float64 `json:"weight,omitempty"`
}

type pet struct {
	ID     int64    `json:"id"`
	Name   string   `json:"name"`
	Owner  *owner   `json:"owner,omitempty"`
	Status string   `json:"status"`
	Tags   []string `json:"tags"`
	Weight *float64 `json:"weight,omitempty"`
}

func handGet(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	query := r.URL.Query()
	out := pet{ID: id, Name: r.Header.Get("X-Trace"), Owner: &owner{r.PathValue("shop"), "Ada"}, Status: "free", Tags: []string{"a"}}
	if detail, _ := strconv.ParseBool(query.Get("detail")); detail {
		out.Tags = []string{"a", "b"}
	}
	if text := query.Get("limit"); text != "" {
		limit, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		weight := float64(limit)
		out.Weight = &weight
	}
	handAnswer(w, http.StatusOK, &out)
}

func handAdd(w http.ResponseWriter, r *http.Request) {
	var in newPet
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	handAnswer(w, http.StatusCreated, &pet{ID: 7, Name: in.Name, Owner: in.Owner, Status: in.Status, Tags: in.Tags[:min(2, len(in.Tags))], Weight: in.Weight})
}

func handAnswer(w http.ResponseWriter, status int, out *pet) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out)
}

func handPets() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /shops/{shop}/pets/{id}", handGet)
	mux.HandleFunc("POST /shops/{shop}/pets", handAdd)
	return mux, nil
}

func handRoutes() (http.Handler, error) {
	mux := http.NewServeMux()
	for _, r := range requests() {
		mux.HandleFunc(r.method+" "+r.template, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	}
	return mux, nil
}

func handClient(t http.RoundTripper, in func() (string, []string)) (get, post func() (any, error), err error) {
	c := &http.Client{Transport: t}
	get = func() (any, error) {
		query := url.Values{"detail": {"true"}, "limit": {strconv.Itoa(25)}}
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://pets.test/shops/%s/pets/%d?%s", url.PathEscape("north"), 4711, query.Encode()), nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("X-Trace", "trace-1234")
		return handDo(c, req)
	}
	post = func() (any, error) {
		name, tags := in()
		weight := 4.5
		body, err := json.Marshal(&newPet{name, &owner{"ada@example.com", "Ada"}, "free", tags, &weight})
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequest(http.MethodPost, fmt.Sprintf("http://pets.test/shops/%s/pets", url.PathEscape("north")), bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		return handDo(c, req)
	}
	return get, post, nil
}

func handDo(c *http.Client, req *http.Request) (any, error) {
	res, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out := new(pet)
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return out, err
}
