package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// clientCredentials fetches tokens with the id and secret of a client (RFC 6749, 4.4).
type clientCredentials struct {
	scheme, tokenURL, id, secret string
	scopes                       []string
	inBody                       atomic.Bool // whether the server wants id and secret in the form
}

// WithClientCredentials makes the client fetch the tokens of an OAuth 2 scheme from a token URL,
// with the id and secret of a registered client. A token is kept until shortly before it expires,
// or until the API rejects it.
func WithClientCredentials(scheme, tokenURL, id, secret string, scopes ...string) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if id == "" || secret == "" {
			return errors.New("WithClientCredentials: the id or the secret is empty")
		}
		s.oauth = append(s.oauth, &clientCredentials{scheme: scheme, tokenURL: tokenURL, id: id, secret: secret, scopes: scopes})
		return nil
	})
}

// setOAuth makes a source of each scheme for which there are client credentials.
func (c *Client) setOAuth() error {
	for _, o := range c.settings.oauth {
		u, err := c.baseURL.Parse(o.tokenURL)
		if err != nil {
			return fmt.Errorf("the token's address: %w", err)
		}
		if c.settings.tokens[o.scheme] != nil {
			return fmt.Errorf("two sources of the credential %q", o.scheme)
		}
		address := u.String()
		cache := &tokenCache{clock: c.clock}
		cache.fetch = func(ctx context.Context) (string, time.Duration, error) { return o.fetch(ctx, c, address) }
		c.sources[o.scheme] = cache
	}
	return nil
}

// fetch asks for a token. It sends id and secret in a header and, if the server refuses that, in
// the form.
func (o *clientCredentials) fetch(ctx context.Context, c *Client, address string) (string, time.Duration, error) {
	token, lifetime, err := o.ask(ctx, c, address, o.inBody.Load())
	var refused *APIError
	if errors.As(err, &refused) && (refused.StatusCode == http.StatusUnauthorized || refused.StatusCode == http.StatusBadRequest) && !o.inBody.Load() {
		if again, life, bodyErr := o.ask(ctx, c, address, true); bodyErr == nil {
			o.inBody.Store(true)
			return again, life, nil
		}
	}
	return token, lifetime, err
}

func (o *clientCredentials) ask(ctx context.Context, c *Client, address string, inBody bool) (string, time.Duration, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(o.scopes) > 0 {
		form.Set("scope", strings.Join(o.scopes, " "))
	}
	if inBody {
		form.Set("client_id", o.id)
		form.Set("client_secret", o.secret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", mediaJSON)
	if !inBody {
		req.SetBasicAuth(url.QueryEscape(o.id), url.QueryEscape(o.secret))
	}
	client := *c.settings.http // a redirect would pass on the secret
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer drain(res.Body)
	text, err := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	if err != nil {
		return "", 0, err
	}
	if res.StatusCode != http.StatusOK {
		return "", 0, c.apiError(res, text)
	}
	return readToken(text)
}

// readToken reads the answer. Some servers write the lifetime as a string.
func readToken(text []byte) (string, time.Duration, error) {
	var out struct {
		Token   string          `json:"access_token"`
		Type    string          `json:"token_type"`
		Expires json.RawMessage `json:"expires_in"`
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return "", 0, fmt.Errorf("the token's answer: %w", err)
	}
	if out.Type != "" && !strings.EqualFold(out.Type, "bearer") {
		return "", 0, fmt.Errorf("the token is of type %q, and a bearer token is expected", clip(out.Type))
	}
	seconds, err := strconv.ParseFloat(strings.Trim(string(out.Expires), `"`), 64)
	if err != nil || !(seconds > 0 && seconds < 1e9) {
		seconds = 0 // kept until the API refuses it
	}
	return out.Token, time.Duration(seconds * float64(time.Second)), nil
}
