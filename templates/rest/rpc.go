package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// RPC is an API as seen by the interceptors of gRPC and Connect in the packages grpclimits and
// connectlimits. Operations are identified by full method names, "/package.Service/Method", from
// x-grpc-method or the path of a POST. A cost, key or variant that reads the path, the query or the
// body of a request reads the message of a unary call, as JSON; one that reads a header reads the
// metadata.
type RPC struct {
	Client ClientConfig
	Server ServerConfig
}

// mediaRPC is the media type of a message as JSON, in which protobuf's 64-bit integers are strings.
const mediaRPC = "application/grpc+json"

// rpcHost is the host of calls in the requests given to a Transport.
const rpcHost = "http://rpc"

// method returns the full name of the operation's RPC; "" if it has none.
func (o *Operation) method() string {
	if o.RPC != "" {
		return o.RPC
	}
	service, method, ok := strings.Cut(strings.TrimPrefix(o.Path, "/"), "/")
	if o.Method != http.MethodPost || !ok || service == "" || method == "" || strings.ContainsAny(o.Path, "{}?") || strings.Contains(method, "/") {
		return ""
	}
	return o.Path
}

// rpcOperations returns the operations that are RPCs, routed by their methods' names.
func rpcOperations(all []Operation) []Operation {
	var out []Operation
	for _, o := range all {
		method := o.method()
		if method == "" {
			continue
		}
		o.Path, o.Method, o.Server, o.Params = method, http.MethodPost, "", nil
		o.Body = Body{Kind: BodyJSON, Media: mediaRPC}
		o.WhenExpr = inMessage(o.WhenExpr)
		rates := make([]Rate, len(o.Rates))
		for i, r := range o.Rates {
			if r.Count != nil {
				count := inMessage(*r.Count)
				r.Count = &count
			}
			key := make([]Dimension, len(r.Key))
			for j, d := range r.Key {
				d.Expr = inMessage(d.Expr)
				key[j] = d
			}
			r.Key = key
			rates[i] = r
		}
		o.Rates = rates
		out = append(out, o)
	}
	return out
}

// inMessage maps an expression on the path or query of a request to the message.
func inMessage(e Expr) Expr {
	if e.In != InPath && e.In != InQuery || e.Name == "" {
		return e
	}
	return Expr{In: InBody, Pointer: "/" + strings.ReplaceAll(nameToken.Replace(e.Name), ".", "/")}
}

// rpcMethod is a method that is an operation of the API.
type rpcMethod struct {
	url        *url.URL
	message    bool // whether a cost, key or variant reads the message
	protoNames bool // fields are spelt as in the .proto file, with underscores
	header     bool // whether one reads the metadata
}

// rpcMethods are those of an API, by their names.
type rpcMethods map[string]*rpcMethod

func rpcMethodsOf(operations []Operation, host string) (rpcMethods, error) {
	all := make(rpcMethods)
	for i := range operations {
		o := &operations[i]
		m := all[o.Path]
		if m == nil {
			u, err := url.Parse(host + o.Path)
			if err != nil {
				return nil, err
			}
			m = &rpcMethod{url: u}
			all[o.Path] = m
		}
		m.note(&o.WhenExpr, o.When != TestAlways)
		for _, r := range o.Rates {
			m.note(r.Count, r.Count != nil)
			for j := range r.Key {
				m.note(&r.Key[j].Expr, r.Key[j].Kind == DimExpr)
				m.header = m.header || r.Key[j].Kind == DimCredential
			}
		}
	}
	return all, nil
}

// note notes what an expression reads, if it is used.
func (m *rpcMethod) note(e *Expr, used bool) {
	switch {
	case !used:
	case e.In == InBody:
		m.message = true
		m.protoNames = m.protoNames || strings.Contains(e.Pointer, "_")
	default:
		m.header = true
	}
}

// Counts reports whether the method is an operation of the API. Calls of others may pass as they
// are.
func (all rpcMethods) Counts(method string) bool { return all[method] != nil }

// Reads reports whether a call of the method is counted by its message, and whether fields have the
// names of the .proto file rather than JSON's.
func (all rpcMethods) Reads(method string) (reads, protoNames bool) {
	if m := all[method]; m != nil {
		return m.message, m.protoNames
	}
	return false, false
}

// ReadsHeader reports whether a call of the method is counted by its metadata.
func (all rpcMethods) ReadsHeader(method string) bool {
	m := all[method]
	return m != nil && m.header
}

// request returns a call as a request; nil if the method is none of the API's.
func (all rpcMethods) request(ctx context.Context, method string, header http.Header, message []byte) *http.Request {
	m := all[method]
	if m == nil {
		return nil
	}
	if header == nil {
		header = make(http.Header)
	}
	r := http.Request{
		Method: http.MethodPost, URL: m.url, Host: m.url.Host, Header: header, Body: http.NoBody,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if m.message {
		r.Header = header.Clone()
		r.Header.Set("Content-Type", mediaRPC)
		r.Header.Del("Content-Encoding") // describes the encoded message
	}
	if len(message) > 0 {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(message)), int64(len(message))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(message)), nil }
	}
	return r.WithContext(ctx)
}

// An RPCAnswer is the outcome of a call, in terms of HTTP.
type RPCAnswer struct {
	Status int // 0 without an answer; then Err says why
	Header http.Header
	Err    error
	Done   <-chan struct{} // closed at a stream's end; nil if the answer is the end
}

// An RPCClient paces calls. It is the Transport of RPCs.
type RPCClient struct {
	*Transport
	rpcMethods
}

// NewRPCClient validates its options, so that a wrong one is an error here.
func NewRPCClient(api RPC, options []ClientOption) (*RPCClient, error) {
	config := api.Client
	config.Operations, config.DefaultURL, config.Schemas = rpcOperations(config.Operations), rpcHost, nil
	config.Servers = nil
	t, err := NewTransport(rpcSender{}, config, options)
	if err != nil {
		return nil, err
	}
	methods, err := rpcMethodsOf(config.Operations, rpcHost)
	return &RPCClient{t, methods}, err
}

// Counts reports whether the limits see calls of the method: those of others may pass as they are.
func (c *RPCClient) Counts(method string) bool {
	return c.rpcMethods.Counts(method) || c.core.settings.known
}

type rpcSend struct{}

// rpcSender is the base of the Transport.
type rpcSender struct{}

// RoundTrip makes the call that the request represents.
func (rpcSender) RoundTrip(req *http.Request) (*http.Response, error) {
	send, _ := req.Context().Value(rpcSend{}).(func() RPCAnswer)
	a := send()
	if a.Status == 0 {
		return nil, a.Err
	}
	res := &http.Response{StatusCode: a.Status, Header: a.Header, Body: http.NoBody, Request: req}
	if a.Done != nil {
		res.Body = rpcBody{a.Done} // keeps a concurrent request's permit
	}
	if res.Header == nil {
		res.Header = make(http.Header)
	}
	return res, nil
}

// rpcBody is open as long as a stream is.
type rpcBody struct{ done <-chan struct{} }

// Read waits for the end.
func (b rpcBody) Read([]byte) (int, error) { <-b.done; return 0, io.EOF }

// Close does nothing.
func (rpcBody) Close() error { return nil }

// Call waits until the limits admit a call of the method, and calls send, once for each attempt. It
// returns when the answer has ended. The error comes from the limits or from send.
func (c *RPCClient) Call(ctx context.Context, method string, header http.Header, message []byte, send func() RPCAnswer) error {
	req := c.request(context.WithValue(ctx, rpcSend{}, send), method, header, message)
	if req == nil {
		if c.core.settings.known {
			return fmt.Errorf("%w: %s", ErrUnknown, line(method))
		}
		a := send()
		if a.Status > 0 && a.Done != nil {
			<-a.Done
		}
		return a.Err
	}
	res, err := c.RoundTrip(req)
	if err != nil {
		return err
	}
	if res.Body != http.NoBody {
		_, _ = res.Body.Read(make([]byte, 1)) // waits for a stream's end
	}
	return res.Body.Close()
}

// An RPCServer enforces limits on calls. It is the Middleware of RPCs.
type RPCServer struct {
	*Middleware
	rpcMethods
}

// NewRPCServer validates its options, so that a wrong one is an error here.
func NewRPCServer(api RPC, options []ServerOption) (*RPCServer, error) {
	config := api.Server
	config.Operations, config.DefaultPath, config.Schemas = rpcOperations(config.Operations), "", nil
	config.Servers = nil
	config.ErrorForm, config.ErrorMedia, config.ErrorExceeded = "", "", nil
	m, err := NewMiddleware(config, options)
	if err != nil {
		return nil, err
	}
	if m.server.known {
		return nil, errors.New("WithKnownOnly is for HTTP: a server of RPCs itself refuses the methods that it does not have")
	}
	methods, err := rpcMethodsOf(config.Operations, "")
	return &RPCServer{m, methods}, err
}

// An RPCRefusal says why a call is not served, in terms of HTTP.
type RPCRefusal struct {
	Status  int
	Message string
	Header  http.Header
	Retry   time.Duration // when to retry; 0 if unknown
}

// An RPCCall is a received call.
type RPCCall struct {
	Method  string
	Header  http.Header // its metadata
	Remote  string      // the caller's address, with or without a port
	Message []byte      // as JSON; nil if Reads says so, and for streams
}

// Serve enforces the limits on a call. If they admit it, serve serves it and returns its status:
// header holds the limits' headers for the answer, and ctx names the caller that WithAuth found.
// The refusal is nil if serve was called.
func (s *RPCServer) Serve(ctx context.Context, call RPCCall, serve func(ctx context.Context, header http.Header) (status int)) *RPCRefusal {
	r := s.request(ctx, call.Method, call.Header, call.Message)
	if r == nil {
		serve(ctx, make(http.Header))
		return nil
	}
	r.RemoteAddr = call.Remote
	served := false
	w := &rpcWriter{header: make(http.Header), status: http.StatusOK}
	s.serve(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served = true
		w.WriteHeader(serve(r.Context(), w.Header()))
	}))
	if served {
		return nil
	}
	var said struct{ Title, Detail string }
	_ = json.Unmarshal(w.body.Bytes(), &said)
	refusal := &RPCRefusal{Status: w.status, Message: said.Detail, Header: w.header}
	if refusal.Message == "" {
		refusal.Message = said.Title
	}
	if n, err := strconv.ParseInt(w.header.Get("Retry-After"), 10, 32); err == nil {
		refusal.Retry = time.Duration(n) * time.Second
	}
	for _, name := range []string{"Content-Type", "Content-Length", "X-Content-Type-Options"} {
		refusal.Header.Del(name)
	}
	return refusal
}

// rpcWriter records a refusal.
type rpcWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the headers of the limits.
func (w *rpcWriter) Header() http.Header { return w.header }

// WriteHeader records the status.
func (w *rpcWriter) WriteHeader(status int) { w.status = status }

// Write records the problem.
func (w *rpcWriter) Write(p []byte) (int, error) { return w.body.Write(p) }
