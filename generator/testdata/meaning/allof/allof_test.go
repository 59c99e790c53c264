package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/meaning/rest"
)

type handlers struct{ Unimplemented }

func (handlers) PutACL(_ context.Context, body ACL) (*ACL, error) { return &body, nil }

func (handlers) PutMember(_ context.Context, body Member) (*Member, error) {
	body.ID, body.Secret = rest.Ptr[int64](7), nil
	return &body, nil
}

func (handlers) GetReport(context.Context) (*Report, error) {
	return &Report{ID: 3, Made: time.Unix(0, 0).UTC()}, nil // no pointers: only answers hold a Report
}

func TestAllOf(t *testing.T) {
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
	acl, err := client.API.PutACL(ctx, ACL{
		ACL:   &ACLACL{Enabled: rest.Ptr(true), Addresses: []string{"a"}},
		Level: rest.Ptr(LevelLow), Next: rest.Ptr("ab"), State: rest.Ptr(ACLStateIdle),
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := acl.ACL; !*a.Enabled || len(a.Addresses) != 1 || *acl.Level != LevelLow || *acl.State != "idle" {
		t.Errorf("%+v", acl)
	}
	m, err := client.API.PutMember(ctx, Member{Name: "ann", Role: MemberRoleAdmin, Secret: rest.Ptr("s")})
	if err != nil {
		t.Fatal(err)
	}
	if *m.ID != 7 || m.Name != "ann" || m.Role != "admin" {
		t.Errorf("%+v", m)
	}
	r, err := client.API.GetReport(ctx)
	if err != nil || r.ID != 3 || !r.Made.Equal(time.Unix(0, 0)) {
		t.Errorf("%+v %v", r, err)
	}
	for body, status := range map[string]int{
		`{"acl":{"enabled":true,"addresses":["x"]},"state":"off","level":"high","next":"cc"}`: 200,
		`{"acl":{"enabled":true}}`: 400, // addresses, which the second member requires
		`{"next":"c"}`:             400, // shorter than the second member allows
		`{"state":"on"}`:           400, // one of the first member's values alone
		`{"state":"gone"}`:         400,
		`{"level":"none"}`:         400,
		`{"both":"text"}`:          200, // nothing is both, so the values are left open
		`{"both":1}`:               200,
	} {
		req, err := http.NewRequest("PUT", api.URL+"/acl", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != status {
			t.Errorf("%s: %d", body, res.StatusCode)
		}
	}
}
