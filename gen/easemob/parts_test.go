package easemob_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
)

// mailbox remembers who got a message. It fails the call that its next failure names.
type mailbox struct {
	easemob.Unimplemented
	calls, failAt int
	got           map[string]int
}

func (m *mailbox) SendUserMessage(_ context.Context, _ easemob.Scope, body easemob.MessageToUsersRequest) (*easemob.MessagesSent, error) {
	if m.calls++; m.calls == m.failAt {
		return nil, &rest.APIError{StatusCode: http.StatusForbidden}
	}
	for _, name := range body.To {
		m.got[name]++
	}
	return &easemob.MessagesSent{}, nil
}

// TestAListOfFiveThousandIsSentInParts also shows how to go on after an error.
func TestAListOfFiveThousandIsSentInParts(t *testing.T) {
	for share, calls := range map[float64]int{1: 9, 0.05: 17} { // 600 a call; 300 where that is the whole share of a minute
		box := &mailbox{got: map[string]int{}, failAt: 4}
		server, err := easemob.NewServer(easemob.Handlers{Messages: box}, rest.WithoutAuth())
		if err != nil {
			t.Fatal(err)
		}
		web := httptest.NewServer(server)
		defer web.Close()
		client, err := easemob.NewClient(web.URL, "org", "app", rest.WithToken(rest.StaticToken("x")),
			rest.WithClock(&quick{}), rest.WithShare(share))
		if err != nil {
			t.Fatal(err)
		}
		body := easemob.MessageToUsersRequest{Type: easemob.MessageTypeTxt,
			Body: easemob.MessageBodyFromTextMessageBody(easemob.TextMessageBody{Msg: "hello"})}
		for i := range 5000 {
			body.To = append(body.To, fmt.Sprint("user", i))
		}
		from, failures := 0, 0
		for from < len(body.To) {
			for part, err := range client.Messages.SendUserMessageInParts(t.Context(), body, from) {
				if part.From != from || part.To <= part.From {
					t.Fatalf("a part from %d to %d, want one from %d", part.From, part.To, from)
				}
				var refused *rest.APIError
				if errors.As(err, &refused) {
					failures++ // the list goes on from here
					break
				} else if err != nil {
					t.Fatal(err)
				}
				from = part.To
			}
		}
		if failures != 1 || box.calls != calls+1 {
			t.Errorf("share %v: %d calls and %d failures, want %d and 1", share, box.calls, failures, calls+1)
		}
		for _, name := range body.To {
			if box.got[name] != 1 {
				t.Fatalf("share %v: %s got %d messages", share, name, box.got[name])
			}
		}
	}
}

// quick is a clock on which every wait is over at once.
type quick struct {
	mu     sync.Mutex
	passed time.Duration
}

func (q *quick) Now() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return time.Now().Add(q.passed)
}

func (q *quick) AfterFunc(d time.Duration, f func()) func() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.passed += d
	return time.AfterFunc(0, f).Stop
}
