package easemob_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
)

// TestTheServerTakesWhatTheSDKSends sends requests of the shapes that the vendor's Java SDK sends:
// without a media type, with numbers as decimals, and with names of its own.
func TestTheServerTakesWhatTheSDKSends(t *testing.T) {
	web, rec := serve(t)
	const image = `"from":"u1","to":["u2"],"type":"img","body":{"filename":"a.png","url":"https://h/f","secret":"s"`
	for _, c := range []struct{ call, method, path, body string }{
		{"RecallMessage", "POST", "messages/msg_recall", `{"msg_id":"1","chat_type":"chat","from":"u1","to":"u2","force":true}`},
		{"RecallMessage", "POST", "messages/msg_recall", `{"msg_id":"1"}`},
		{"GetGroups", "GET", "chatgroups/1,2", ""},
		{"ListUsers", "GET", "users/?limit=2", ""},
		{"ListGroups", "GET", "chatgroups/", ""},
		{"GetUser", "GET", "users/a", "{}"},
		{"GetRooms", "GET", "chatrooms/1,2", ""},
		{"RemoveGroupMembers", "DELETE", "chatgroups/1/users/a,b", ""},
		{"RemoveGroupMember", "DELETE", "chatgroups/1/users/a", ""},
		{"RemoveGroupMembers", "DELETE", "chatgroups/1/users/a%2cb", ""},
		{"UnmuteRoomMembers", "DELETE", "chatrooms/1/mute/a,b", ""},
		{"SendUserMessage", "POST", "messages/users", `{` + image + `,"size":{"width":480.0,"height":720.5}}}`},
		{"SendGroupMessage", "POST", "messages/chatgroups", `{` + image + `,"file_length":9}}`},
		{"SendRoomMessage", "POST", "messages/chatrooms", `{` + image + `},"chatroom_msg_level":"low"}`},
		{"SendUserMessage", "POST", "messages/users", `{"from":"u1","to":["u2"],"type":"audio","body":{"url":"https://h/f","filename":"a.amr","secret":"s","file_length":9,"length":3}}`},
		{"SendUserMessage", "POST", "messages/users", `{"from":"u1","to":["u2"],"type":"video","body":{"url":"https://h/f","filename":"a.mp4","file_length":9,"length":3,"thumb":"t","thumb_secret":"s"}}`},
		{"SendUserMessage", "POST", "messages/users", `{"from":"u1","to":["u2"],"type":"file","body":{"url":"https://h/f","filename":"a.txt","file_length":9}}`},
		{"SendUserMessage", "POST", "messages/users", `{"from":"u1","to":["u2"],"type":"loc","body":{"lng":116.322,"lat":39.966,"addr":"a"}}`},
		{"SendUserMessage", "POST", "messages/users", `{"from":"u1","to":["u2"],"type":"cmd","body":{"action":"a","param":{"n":1,"b":true}}}`},
		{"SendUserMessage", "POST", "messages/users", `{"from":"u1","to":["u2"],"type":"custom","body":{"customEvent":"e","customExts":{"n":1,"s":"2"}}}`},
		{"CreateGroup", "POST", "chatgroups", `{"groupname":"g","desc":"d","public":true,"scale":"normal","owner":"u1","members":[],"maxusers":200,"allowinvites":false,"invite_need_confirm":false,"members_only":false,"need_verify":true}`},
		{"UpdateGroup", "PUT", "chatgroups/1", `{"name":"g","need_verify":true}`},
		{"TransferGroup", "PUT", "chatgroups/1", `{"newowner":"u2"}`},
		{"CreateRoom", "POST", "chatrooms", `{"name":"r","description":"d","maxusers":0,"owner":"u1","members":["u2"],"scale":"large","need_verify":true}`},
		{"UpdateRoom", "PUT", "chatrooms/1", `{"name":"r","need_verify":true}`},
		{"MuteRoomMembers", "POST", "chatrooms/1/mute", `{"usernames":["a"],"mute_duration":-1}`},
		{"SetPushDisplayStyle", "PUT", "users/a", `{"notification_display_style":"0"}`},
		{"SetPushDisplayStyle", "PUT", "users/a", `{"notification_display_style":1}`},
		{"SetDoNotDisturb", "PUT", "users/a", `{"notification_no_disturbing":true,"notification_no_disturbing_start":"0","notification_no_disturbing_end":"23"}`},
		{"GetToken", "POST", "token", `{"grant_type":"inherit","username":"u","autoCreateUser":true}`},
		{"UnsubscribePresence", "DELETE", "users/u/presence", `["a","b"]`},
		{"DeleteConversation", "DELETE", "users/u/user_channel", `{"channel":"u2","type":"chat","delete_roam":false}`},
	} {
		t.Run(c.call, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), c.method, web.URL+"/org/app/"+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(res.Body)
			res.Body.Close()
			call, args := rec.last()
			if res.StatusCode != http.StatusOK || call != c.call {
				t.Fatalf("%s: %s of %s, %s", c.path, res.Status, call, text)
			}
			if len(c.body) > 2 && missing(plain(t, c.body), plain(t, fmt.Sprint(args[len(args)-1]))) != "" {
				t.Errorf("the handler got %v of %s", args, c.body)
			}
		})
	}
}

// plain is JSON in which 480.0 is 480.
func plain(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return text
	}
	return v
}

// lists are the calls that take a list in the path.
func lists(client *easemob.Client, users []string) map[string]func(context.Context) (any, error) {
	call := func(f func(context.Context, string, []string) (any, error)) func(context.Context) (any, error) {
		return func(ctx context.Context) (any, error) { return f(ctx, "1", users) }
	}
	return map[string]func(context.Context) (any, error){
		"RemoveGroupMember": call(func(ctx context.Context, id string, list []string) (any, error) {
			return client.GroupMembers.RemoveGroupMembers(ctx, id, list)
		}),
		"UnblockGroupUser": call(func(ctx context.Context, id string, list []string) (any, error) {
			return client.GroupMembers.UnblockGroupUsers(ctx, id, list)
		}),
		"DisallowGroupUsers": call(func(ctx context.Context, id string, list []string) (any, error) {
			return client.GroupMembers.DisallowGroupUsers(ctx, id, list)
		}),
		"RemoveRoomMember": call(func(ctx context.Context, id string, list []string) (any, error) {
			return client.RoomMembers.RemoveRoomMembers(ctx, id, list)
		}),
		"UnblockRoomUser": call(func(ctx context.Context, id string, list []string) (any, error) {
			return client.RoomMembers.UnblockRoomUsers(ctx, id, list)
		}),
		"DisallowRoomUsers": call(func(ctx context.Context, id string, list []string) (any, error) {
			return client.RoomMembers.DisallowRoomUsers(ctx, id, list)
		}),
	}
}

// TestABatchOfOneIsReadAsAList lets each of these calls meet the object that the vendor answers for
// one user, and the generated server, which answers a list of one in the path as the call for a
// single user.
func TestABatchOfOneIsReadAsAList(t *testing.T) {
	object := answering(t, http.StatusOK, []byte(`{"action":"delete","data":{"result":true,"action":"remove_member","user":"a","groupid":"1"},"entities":[]}`))
	for name, call := range lists(object, []string{"a"}) {
		got, err := call(t.Context())
		text, _ := json.Marshal(got)
		if err != nil || !strings.Contains(string(text), `"data":[{`) || !strings.Contains(string(text), `"user":"a"`) {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
	web, rec := serve(t)
	client, err := easemob.NewClient(web.URL, "org", "app", rest.WithToken(rest.StaticToken("secret")))
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range lists(client, []string{"a"}) {
		got, err := call(t.Context())
		text, _ := json.Marshal(got)
		if made, _ := rec.last(); err != nil || made != name || !strings.Contains(string(text), `"data":[{`) {
			t.Errorf("%s: %s of %s, %v", name, text, made, err)
		}
	}
}

// TestABatchIsSentAsDocumented looks at the path of batch calls, in which %2C separates the users.
func TestABatchIsSentAsDocumented(t *testing.T) {
	web, rec := serve(t)
	paths := make(chan string, 1)
	client, err := easemob.NewClient(web.URL, "org", "app", rest.WithToken(rest.StaticToken("secret")),
		rest.WithHTTPClient(&http.Client{Transport: spy(paths)}))
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range lists(client, []string{"a", "b"}) {
		if _, err := call(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if path := <-paths; !strings.HasSuffix(path, "/a%2Cb") {
			t.Errorf("%s is sent to %s", name, path)
		}
		made, args := rec.last()
		if strings.TrimSuffix(made, "s") != strings.TrimSuffix(name, "s") || !strings.HasSuffix(made, "s") || args[len(args)-1] != `["a","b"]` {
			t.Errorf("%s is a call of %s with %v", name, made, args)
		}
	}
}

type spy chan<- string

func (s spy) RoundTrip(r *http.Request) (*http.Response, error) {
	s <- r.URL.EscapedPath()
	return http.DefaultTransport.RoundTrip(r)
}

// TestRefusalsAreInTheFormOfTheAPI looks at the generated server's own refusals as the vendor's
// clients do: by error.
func TestRefusalsAreInTheFormOfTheAPI(t *testing.T) {
	web, _ := serve(t)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "users/a/password", `{}`, 400}, {"POST", "messages/users", `{"to":["a"]`, 400}, {"GET", "nowhere", "", 404},
		{"PATCH", "users", "", 405}, {"POST", "mutes", strings.Repeat("x", 2<<20), 413}, {"POST", "chatfiles", "x", 415},
	} {
		if c.path == "users/a/password" {
			c.method = "PUT"
		}
		code, message := refusal(t, web.URL, c.method, c.path, c.body, c.status)
		if code == "" || message == "" {
			t.Errorf("%s %s: error %q, error_description %q", c.method, c.path, code, message)
		}
	}
	for range 10 { // the quota of a minute
		refusal(t, web.URL, "GET", "chatmessages/2022080412", "", 200)
	}
	if code, message := refusal(t, web.URL, "GET", "chatmessages/2022080412", "", 429); code != "reach_limit" || message == "" {
		t.Errorf("beyond the limit: error %q, error_description %q", code, message)
	}
}

func refusal(t *testing.T, base, method, path, body string, status int) (code, message string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, base+"/org/app/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var e struct {
		Code    string `json:"error"`
		Message string `json:"error_description"`
	}
	if err := json.NewDecoder(res.Body).Decode(&e); err != nil || res.StatusCode != status {
		t.Errorf("%s %s: %s, want %d; %v", method, path, res.Status, status, err)
	}
	return e.Code, e.Message
}
