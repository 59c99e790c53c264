package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/meaning/ratelimit"
	"example.com/meaning/rest"
)

type receiver struct {
	UnimplementedWebhooks
	got chan string
}

func (r receiver) ItemAdded(_ context.Context, body Added, params ItemAddedParams) error {
	r.got <- "added " + body.Item + " " + *body.ID + " " + params.XDelivery
	return nil
}

func (r receiver) ItemRemoved(_ context.Context, body Removed) error {
	r.got <- "removed " + body.Item
	return nil
}

func (r receiver) AskPrice(ctx context.Context, body AskPriceRequest) (*AskPriceOKResponse, error) {
	if body.Item == "none" {
		return nil, rest.NewError(404, Gone{Why: rest.Ptr("sold")})
	}
	return &AskPriceOKResponse{Price: 7}, AskPriceHeaders{XValid: 60}.Set(rest.ResponseHeader(ctx))
}

func (r receiver) CreateOrderShipped(_ context.Context, body CreateOrderShippedRequest) error {
	r.got <- "shipped " + body.Parcel
	return nil
}

// digest signs a body as both sides of the test do.
func digest(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func verify(r *http.Request, body []byte) error {
	if r.Header.Get("X-Digest") != digest("secret", body) {
		return errors.New("wrong signature")
	}
	return nil
}

func signer(secret string) rest.ClientOption {
	return rest.WithSigner(func(r *http.Request, body []byte) error {
		r.Header.Set("X-Digest", digest(secret, body))
		return nil
	})
}

// listen serves all webhooks at one address, each at one of its own, and refuses the first request
// of those whose URL says so.
func listen(t *testing.T) (url string, got chan string, tries *int) {
	t.Helper()
	got, tries = make(chan string, 1), new(int)
	hooks, err := NewWebhooks(receiver{got: got}, rest.WithSignature(verify), rest.WithMaxBody(1000))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/hooks", hooks)
	mux.Handle("/removed", hooks.Only(WebhookItemRemoved))
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/hooks", http.StatusTemporaryRedirect)
	})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*tries++
		if r.URL.Query().Get("busy") == "1" && *tries == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(api.Close)
	return api.URL, got, tries
}

func TestWebhooks(t *testing.T) {
	ctx := context.Background()
	url, got, tries := listen(t)
	sender, err := NewWebhookSender(signer("secret"))
	if err != nil {
		t.Fatal(err)
	}
	added := Added{Type: AddedTypeItemAdded, Item: "cup", ID: rest.Ptr("7")}
	if err := sender.ItemAdded(ctx, url+"/hooks", added, ItemAddedParams{XDelivery: "d1"}); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "added cup 7 d1" {
		t.Error(text)
	}
	removed := Removed{Type: RemovedTypeItemRemoved, Item: "cup"}
	for i, to := range []string{"/hooks", "/removed", "/hooks?token=1&busy=1"} {
		*tries = 0
		if err := sender.ItemRemoved(ctx, url+to, removed); err != nil {
			t.Fatal(to, err)
		}
		if text := <-got; text != "removed cup" || (*tries == 2) != (i == 2) {
			t.Error(to, text, *tries)
		}
	}
	var res http.Response
	var headers AskPriceHeaders
	cup := AskPriceRequest{Item: "cup"}
	price, err := sender.AskPrice(rest.WithResponse(ctx, &res), url+"/hooks", cup)
	if err != nil || price.Price != 7 || headers.Read(res.Header) != nil || headers.XValid != 60 {
		t.Error(price, err, headers)
	}
	var gone *rest.ErrorOf[Gone]
	if _, err := sender.AskPrice(ctx, url+"/hooks", AskPriceRequest{Item: "none"}); !errors.As(err, &gone) || *gone.Value.Why != "sold" {
		t.Error(err)
	}

	order := Order{Notify: &OrderNotify{URL: rest.Ptr(url + "/hooks")}}
	if err := sender.CreateOrderShipped(ctx, CreateOrderShippedURL(order), CreateOrderShippedRequest{Parcel: "p"}); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "shipped p" {
		t.Error(text)
	}
	if CreateOrderShippedURL(Order{}) != "" {
		t.Error("a URL where there is none")
	}
	for want, from := range map[string]Order{
		`u/void/cup?a="b"`: {Item: rest.Ptr("cup"), Notify: &OrderNotify{URL: rest.Ptr("u")}},
		"":                 {Item: rest.Ptr("cup")},
	} {
		if got := CreateOrderVoidURL(from); got != want || CreateOrderVoidURL(Order{Notify: order.Notify}) != "" {
			t.Error(got)
		}
	}
	status := func(err error) int {
		var e *rest.APIError
		if !errors.As(err, &e) {
			return 0
		}
		return e.StatusCode
	}
	if err := sender.OrderCancelled(ctx, url+"/hooks", &OrderCancelledRequest{Reason: "late"}); status(err) != 501 {
		t.Error(err)
	}
	if err := sender.ItemRemoved(ctx, url+"/elsewhere", removed); status(err) != 307 {
		t.Error("a redirect was followed:", err)
	}
	for _, to := range []string{"", "/hooks", "ftp://example.com/x", "http://", "http://a b/"} {
		if err := sender.ItemRemoved(ctx, to, removed); err == nil || !strings.Contains(err.Error(), "URL") {
			t.Error(to, err)
		}
	}
	if wrong, err := NewWebhookSender(signer("guess")); err != nil || status(wrong.ItemRemoved(ctx, url+"/removed", removed)) != 401 ||
		status(wrong.ItemRemoved(ctx, url+"/hooks", removed)) != 401 {
		t.Error(err)
	}
}

// TestLimits has a sender wait for the limit of a webhook, and a receiver refuse what is over it.
func TestLimits(t *testing.T) {
	url, _, _ := listen(t)
	for _, free := range []bool{false, true} {
		options := []rest.ClientOption{signer("secret"), rest.WithMaxRetries(0), rest.WithFailFast()}
		if free {
			options[2] = rest.WithoutLimits()
		}
		sender, err := NewWebhookSender(options...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			_, err := sender.AskPrice(context.Background(), url+"/hooks", AskPriceRequest{Item: "cup"})
			var refused *rest.APIError
			var late *ratelimit.LimitError
			switch {
			case !free && (i < 2) != (err == nil), !free && err != nil && !errors.As(err, &late):
				t.Error(i, err)
			case free && (!errors.As(err, &refused) || refused.StatusCode != 429 || refused.Limits[0] != "asked"):
				t.Error(i, err)
			}
		}
	}
	if len(operations[0].Rates) != 1 || len(webhookTable[WebhookItemAdded].Rates) != 0 {
		t.Error("the default is for calls of the API")
	}
}

func TestReceiving(t *testing.T) {
	var log bytes.Buffer
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	url, _, _ := listen(t)
	allowed := map[string]string{"/hooks": "DELETE, OPTIONS, PATCH, POST, PUT", "/removed": "POST"}
	for _, c := range []struct {
		method, path, media, body string
		status                    int
		says                      string
	}{
		{"POST", "/hooks", "application/json", `{"type":"item.lost","item":"cup"}`, 400, "none of the webhooks"},
		{"POST", "/hooks", "application/json", `{"type":`, 400, ""},
		{"POST", "/hooks", "text/plain", "hello", 415, ""},
		{"GET", "/hooks", "", "", 405, ""},
		{"GET", "/removed", "", "", 405, ""},
		{"POST", "/removed", "application/json", `{"type":"item.removed"}`, 400, ""},
		{"POST", "/removed", "application/json", strings.Repeat(" ", 2000), 413, ""},
		{"POST", "/hooks", "application/json", strings.Repeat(" ", 2000), 413, ""},
		{"POST", "/hooks", "application/json", `{"type":"item.removed"}`, 400, "item"},
		{"POST", "/hooks", "application/json", `{"type":"item.added","item":7}`, 400, "body/item"},
		{"POST", "/hooks", "application/json", `{"parcel":"p","reason":"late"}`, 400,
			"several webhooks: createOrder.shipped, orderCancelled"},
	} {
		r, err := http.NewRequest(c.method, url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", c.media)
		r.Header.Set("X-Digest", digest("secret", []byte(c.body)))
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if !strings.Contains(string(text), c.says) {
			t.Errorf("%s: %s, want %q", c.body, text, c.says)
		}
		if res.StatusCode != c.status || c.status == 405 && res.Header.Get("Allow") != allowed[c.path] {
			t.Error(c, res.Status, res.Header, string(text))
		}
	}
	if text := log.String(); strings.Count(text, "WithWebhookName") != 1 || !strings.Contains(text, `operation=""`) {
		t.Error("the log:", text) // of no operation, as none was chosen
	}
}

func TestOptions(t *testing.T) {
	if _, err := NewWebhooks(receiver{}); err == nil {
		t.Error("webhooks that are not verified")
	}
	if _, err := NewWebhooks(receiver{}, rest.WithoutAuth()); err != nil {
		t.Error(err)
	}
	got := make(chan string, 1)
	named, err := NewWebhooks(receiver{got: got}, rest.WithoutAuth(), rest.WithWebhookName(func(r *http.Request, body []byte) string {
		return r.Header.Get("X-Event") + string(body[:0])
	}))
	if err != nil {
		t.Fatal(err)
	}
	for event, status := range map[string]int{"item.removed": 200, "": 200, "item.added": 400, "item.lost": 404, "askPrice": 404} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(`{"type":"item.removed","item":"cup"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Event", event)
		w := httptest.NewRecorder()
		if named.ServeHTTP(w, r); w.Code != status || status == 200 && <-got != "removed cup" {
			t.Error(event, w.Code, w.Body)
		}
	}
	for _, body := range []string{"{", `{"type":"item.removed"}`, `{"type":"item.removed","item":"cup"}`} {
		hooks, err := NewWebhooks(receiver{got: got}, rest.WithSignature(verify))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if hooks.ServeHTTP(w, r); w.Code != 401 { // whatever the body
			t.Error(body, w.Code, w.Body)
		}
	}
	sender, err := NewWebhookSender(rest.WithSigner(func(*http.Request, []byte) error { return errors.New("no key") }))
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.ItemRemoved(context.Background(), "http://127.0.0.1:1", Removed{}); err == nil || !strings.Contains(err.Error(), "no key") {
		t.Error(err)
	}
	// A server of the API can verify signatures, too.
	server, err := NewServer(Handlers{API: Unimplemented{}}, rest.WithoutAuth(), rest.WithSignature(verify))
	if err != nil {
		t.Fatal(err)
	}
	for sent, status := range map[string]int{digest("secret", []byte("{}")): 501, "guess": 401} {
		r := httptest.NewRequest("POST", "/orders", bytes.NewReader([]byte("{}")))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Digest", sent)
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != status {
			t.Error(sent, w.Code, w.Body)
		}
	}
}
