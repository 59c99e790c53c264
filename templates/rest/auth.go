package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// An Identity is the result of authenticating a caller. The hook of WithAuth puts it into
// the context that it returns, with WithIdentity.
type Identity struct {
	// Key identifies the caller, whichever credential is used: limits per identity count by it.
	// Keys are stored, shown and shared as digests.
	Key string
	// Plan is the caller's plan, one of the spec's; "" is the server's own. It selects quota and
	// burst of the limits that are decided after authentication, for this call.
	Plan string
	// Scheme is the security scheme, by its name in the spec, whose credential was accepted. Limits
	// per credential then count by that alone. Without it a request counts for each alternative
	// that it has credentials for.
	Scheme string
}

type identityKey struct{}

// WithIdentity returns a context with the identity of the caller.
func WithIdentity(ctx context.Context, identity Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, identity)
}

// IdentityOf returns the identity that WithIdentity put into a handler's context.
func IdentityOf(ctx context.Context) (identity Identity, ok bool) {
	identity, ok = ctx.Value(identityKey{}).(Identity)
	return identity, ok
}

// checkAuth rejects a server that would serve secured operations without checking credentials, or
// that counts by identity without a hook.
func (s *Server) checkAuth() error {
	if s.auth != nil {
		return nil
	}
	for i := range s.config.Operations {
		op := &s.config.Operations[i]
		if at := op.counts(DimIdentity); at >= 0 && !s.unlimited {
			return fmt.Errorf("limit %q counts by identity: give WithAuth a hook that names the caller with WithIdentity "+
				"(in tests a fixed one: Identity{Key: \"test\"})", s.config.Limits[op.Rates[at].Limit].Name)
		}
		if !op.anonymous() && !s.open {
			return fmt.Errorf("operation %s needs credentials: give WithAuth a hook that checks them, "+
				"or WithoutAuth where something in front does", op.ID)
		}
	}
	return nil
}

// counts returns the first rate whose key has a dimension, or -1.
func (op *Operation) counts(kind DimensionKind) int {
	return slices.IndexFunc(op.Rates, func(r Rate) bool {
		return slices.ContainsFunc(r.Key, func(d Dimension) bool { return d.Kind == kind })
	})
}

// anonymous reports whether the operation may be called without credentials.
func (op *Operation) anonymous() bool {
	for _, schemes := range op.Security {
		if len(schemes) == 0 {
			return true
		}
	}
	return len(op.Security) == 0
}

// authenticate calls the hook and records the identity.
func (x *Exchange) authenticate() error {
	s := x.server
	if x.asked != nil && slices.EqualFunc(x.asked.Security, x.view.op.Security, slices.Equal[[]string]) {
		return nil
	}
	if s.auth != nil {
		ctx, err := s.auth(x.context(), x.r, x.view.op.ID, x.view.op.Security)
		if err != nil {
			return x.authError(err)
		}
		if ctx != nil {
			x.ctx = ctx
		}
	} else if !x.of.limited {
		return nil // nothing depends on the caller
	}
	caller, known := IdentityOf(x.context())
	if !known {
		return nil
	}
	x.counted, x.caller, x.view.identity = true, caller, caller.Key
	if plan := caller.Plan; plan != "" {
		if table := s.plans[plan]; table != nil {
			x.table = table.now()
			if !s.planned.Load() {
				s.planned.Store(true)
			}
		} else {
			x.log(fmt.Errorf("authentication names plan %q, which the API has not: the server's own is in force", plan))
		}
	}
	return nil
}

func (x *Exchange) authError(err error) error {
	var known *APIError
	if errors.As(err, &known) {
		x.chosen = true
		return known
	}
	return &APIError{StatusCode: http.StatusUnauthorized}
}

// challenges returns the challenges of a 401: the operation's HTTP schemes. API keys have no HTTP
// scheme.
func (x *Exchange) challenges() []string {
	if x.view.op == nil {
		return nil
	}
	var out []string
	for _, schemes := range x.view.op.Security {
		for _, scheme := range schemes {
			for i := range x.server.config.Credentials {
				c := &x.server.config.Credentials[i]
				if c.Scheme != scheme || c.Prefix == "" {
					continue
				}
				text := strings.TrimSpace(c.Prefix)
				if text == "Bearer" || text == "Basic" { // others have parameters of their own
					text = string(appendQuoted([]byte(text+" realm="), cmp.Or(x.server.config.Title, x.server.config.API)))
				}
				if !slices.Contains(out, text) {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

// unnamed refuses a request that counts by identity but has none, since all such requests would
// share one counter. If the spec allows calls without credentials, that is a 401; otherwise the
// hook forgot to set the identity.
func (x *Exchange) unnamed() error {
	op := x.view.op
	at := op.counts(DimIdentity)
	if at < 0 || x.view.identity != "" {
		return nil
	}
	x.log(fmt.Errorf("operation %s: limit %q counts by identity, and authentication named none", op.ID, x.server.config.Limits[op.Rates[at].Limit].Name))
	if op.anonymous() {
		return &APIError{StatusCode: http.StatusUnauthorized}
	}
	return &APIError{StatusCode: http.StatusInternalServerError}
}
