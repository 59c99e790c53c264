package golang

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// doc prints the package comment: what the package is for, how to begin, and how calls fail.
func (e *emitter) doc(f *jen.File) {
	text := e.headline()
	if e.api.Description != "" {
		text += "\n\n" + e.api.Description
	}
	doc := comment(text)
	calls := len(e.api.Operations) > 0 || len(e.api.Webhooks) == 0
	if e.targets.Client && calls {
		doc += "\n//\n// # Client\n//\n" + e.clientDoc()
	}
	if e.targets.Server && calls {
		doc += "\n//\n// # Server\n//\n" + e.serverDoc()
	}
	if len(e.api.Webhooks) > 0 && (e.targets.Client || e.targets.Server) {
		doc += "\n//\n// # Webhooks\n//\n" + e.webhookDoc()
	}
	f.PackageComment(doc)
}

func (e *emitter) headline() string {
	has, keep := "the types of", "whose operations have"
	switch t := e.targets; {
	case t.Client && t.Server:
		has, keep = "a client and a server for", "which keep to"
	case t.Client:
		has, keep = "a client for", "which keeps to"
	case t.Server:
		has, keep = "a server for", "which enforces"
	case e.limited():
		return fmt.Sprintf("Package %s has the published rate limits of %s. %s paces any client of the API by them, and %s enforces them "+
			"in front of any handler.", e.api.Package, e.title(), e.api.Names.NewTransport,
			e.api.Names.NewMiddleware)
	}
	text := fmt.Sprintf("Package %s has %s %s", e.api.Package, has, e.title())
	if e.limited() {
		text += ", " + keep + " its published rate limits"
	}
	return text + "."
}

// title returns the API's name and version.
func (e *emitter) title() string {
	title := cmp.Or(oneLine(e.api.Title), "an HTTP API")
	if e.api.Version != "" {
		title += ", version " + oneLine(e.api.Version)
	}
	return title
}

// clientDoc shows how to make and call a client, and describes errors.
func (e *emitter) clientDoc() string {
	args := []string{`""`} // the spec's first server
	if e.api.BaseURL == "" {
		args[0] = "baseURL"
	}
	for _, p := range e.api.Scope {
		args = append(args, p.Arg)
	}
	args = append(args, e.credential()...)
	lines := []string{
		fmt.Sprintf("client, err := %s.%s(%s)", e.api.Package, e.api.Names.NewClient,
			strings.Join(args, ", ")),
		"if err != nil {", "\treturn err", "}",
	}
	if op, g := e.sample(); op != nil {
		lines = append(lines, e.sampleCall(op, g))
	}
	out := code(lines)
	if !e.limited() {
		return out + "\n//\n" + comment("A call fails with a *rest.APIError if the API's answer is not a success; it has the status, the code and "+
			"the message. Options are in package rest, among them rest.WithHTTPClient and rest.WithMaxRetries.")
	}
	return out + "\n//\n" + comment("A call waits until every limit that applies admits it. Requests are counted so that no delay on the "+
		"way can push more than the quota into any window at the server. A call fails with a *ratelimit.LimitError, at "+
		"once, if a limit cannot admit it before the context's deadline, and with a *rest.APIError if the API's "+
		"answer is not a success; it has the status, the code, the message and after a 429 how long to wait.\n\n"+
		"Options are in package rest: rest.WithShare if other programs use the same quotas, rest.WithPlan and "+
		"rest.WithOverrides for an account with quotas of its own, rest.WithFailFast for errors instead of waits.")
}

// credential returns the option for the API's first kind of credential.
func (e *emitter) credential() []string {
	if t := e.api.Token; t != nil {
		return []string{fmt.Sprintf("%s.%s(request)", e.api.Package, t.Option)}
	}
	for _, c := range e.api.Credentials {
		if c.Prefix == "Bearer " {
			return []string{"rest.WithToken(rest.StaticToken(token))"}
		}
		if c.Prefix == "Basic " {
			return []string{fmt.Sprintf("rest.WithCredential(%q, rest.BasicToken(user, password))", oneLine(c.Scheme))}
		}
		if c.Prefix == "" {
			return []string{fmt.Sprintf("rest.WithCredential(%q, rest.StaticToken(key))", oneLine(c.Scheme))}
		}
	}
	return nil
}

// sample returns an operation for a short example: the first that reads something, with few
// arguments.
func (e *emitter) sample() (best *model.Operation, of *model.Group) {
	rank := func(op *model.Operation) int {
		n := 1 // one argument is best
		if len(op.Args) > 0 {
			n = len(op.Args) - 1
		}
		if op.Body != nil {
			n += 2
		}
		if op.ParamsType != "" {
			n += 2
		}
		if op.HTTPMethod != "GET" || op.Doc.Deprecated {
			n += 8
		}
		if op.Result.Type == nil && op.Result.Struct == "" {
			n += 4
		}
		return n
	}
	for _, g := range e.api.Groups {
		for _, op := range g.Operations {
			if best == nil || rank(op) < rank(best) {
				best, of = op, g
			}
		}
	}
	return best, of
}

func (e *emitter) sampleCall(op *model.Operation, g *model.Group) string {
	args := []string{"ctx"}
	for _, p := range op.Args {
		args = append(args, p.Arg)
	}
	if op.Body != nil {
		args = append(args, "body")
	}
	if op.ParamsType != "" {
		args = append(args, fmt.Sprintf("%s.%s{}", e.api.Package, op.ParamsType))
	}
	results := "result, err :="
	if op.Result.Type == nil && op.Result.Struct == "" {
		results = "err ="
	}
	return fmt.Sprintf("%s client.%s.%s(%s)", results, g.Field, op.Method, strings.Join(args, ", "))
}

// serverDoc shows how to make a server, and describes what it does before it calls a handler.
func (e *emitter) serverDoc() string {
	n := e.api.Names
	args := []string{fmt.Sprintf("%s.%s{}", e.api.Package, n.Handlers)}
	if len(e.api.Groups) > 0 {
		field := e.api.Groups[0].Field
		args[0] = fmt.Sprintf("%s.%s{%s: handler}", e.api.Package, n.Handlers, field)
	}
	secured := slices.ContainsFunc(e.api.Operations,
		func(op *model.Operation) bool { return len(op.Security) > 0 })
	if secured {
		args = append(args, "rest.WithAuth(check)")
	}
	if strings.Contains(e.api.BasePath, "{") {
		args = append(args, "rest.WithBasePath(basePath)")
	}
	out := code([]string{
		fmt.Sprintf("server, err := %s.%s(%s)", e.api.Package, n.NewServer, strings.Join(args, ", ")),
		"if err != nil {", "\treturn err", "}",
		`return http.ListenAndServe(":8080", server)`,
	})
	text := "A handler implements the methods of one group; it embeds " + n.Unimplemented +
		" for those that it leaves out. A request is "
	if secured {
		text += "authenticated by the hook of rest.WithAuth, "
	}
	text += "decoded and validated"
	if e.limited() {
		text += ", and admitted by the same limits,"
	}
	text += " before its handler is called. A handler returns a *rest.APIError to choose the answer."
	if e.limited() {
		text += " Requests over a limit are answered 429 with RateLimit headers, and with Retry-After where the time is known; they are not counted."
	}
	return out + "\n//\n" + comment(text)
}

// code is lines as an indented block of a comment.
func code(lines []string) string {
	return "//\t" + strings.Join(lines, "\n//\t")
}

// webhookDoc shows how to receive webhooks and how to send them.
func (e *emitter) webhookDoc() string {
	pkg, n := e.api.Package, e.api.Names.Webhook
	out := code([]string{
		fmt.Sprintf("hooks, err := %s.%s(handler, rest.WithSignature(verify))", pkg, n.New),
		"if err != nil {", "\treturn err", "}",
		`http.Handle("/hooks", hooks)`, "",
		fmt.Sprintf("sender, err := %s.%s(rest.WithSigner(sign)) // for the API", pkg, n.NewSender),
	})
	return out + "\n//\n" + comment("A handler embeds "+n.Unimplemented+
		" for webhooks that it leaves out. A request is verified by the hook of "+
		"rest.WithSignature as it was sent, then decoded and validated.")
}
