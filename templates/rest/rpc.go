package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RPC is an API as interceptors of gRPC and Connect see it, which the packages grpclimits and
// connectlimits are: its operations are known by full method names, "/package.Service/Method", as
// x-grpc-method spells them or else the path of a POST. What a cost, a key or a variant reads of
// the path, the query or the body of a request stands in the message of a unary call, as JSON, and
// what it reads of a header in the metadata.
type RPC struct {
	Client ClientConfig
	Server ServerConfig
}

// mediaRPC is the type of a message as JSON, in which protobuf's 64-bit integers are strings.
const mediaRPC = "application/grpc+json"

// rpcHost is where calls are sent to, as far as a Transport is told.
const rpcHost = "http://rpc"

// method returns the full name of the RPC that the operation is; "" if it is none.
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

// rpcOperations returns those operations that are RPCs, routed by their methods' names.
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

// inMessage returns where what stands in the path or query of a request stands in a message.
func inMessage(e Expr) Expr {
	if e.In != InPath && e.In != InQuery || e.Name == "" {
		return e
	}
	return Expr{In: InBody, Pointer: "/" + strings.ReplaceAll(strings.NewReplacer("~", "~0", "/", "~1").Replace(e.Name), ".", "/")}
}

// messages returns the methods of which the message is read. True are those whose fields are spelt
// as in the .proto file, with underscores.
func messages(operations []Operation) map[string]bool {
	out := make(map[string]bool)
	for i := range operations {
		o := &operations[i]
		if !o.readsBody() {
			continue
		}
		out[o.Path] = out[o.Path] || strings.Contains(o.WhenExpr.Pointer, "_")
		for _, r := range o.Rates {
			if r.Count != nil && strings.Contains(r.Count.Pointer, "_") {
				out[o.Path] = true
			}
			for _, d := range r.Key {
				out[o.Path] = out[o.Path] || strings.Contains(d.Expr.Pointer, "_")
			}
		}
	}
	return out
}

// An RPCAnswer is how a call went, in terms of HTTP.
type RPCAnswer struct {
	Status int // 0 if there was no answer, which Err explains
	Header http.Header
	Err    error
	Done   <-chan struct{} // closed at a stream's end; nil if the answer is the end
}

// An RPCClient paces calls. It is a Transport for what is not HTTP.
type RPCClient struct {
	*Transport
	messages map[string]bool
}

// NewRPCClient checks the options, so that a wrong one is an error here.
func NewRPCClient(api RPC, options []ClientOption) (*RPCClient, error) {
	config := api.Client
	config.Operations, config.DefaultURL, config.Schemas = rpcOperations(config.Operations), rpcHost, nil
	t, err := NewTransport(rpcSender{}, config, options)
	if err != nil {
		return nil, err
	}
	return &RPCClient{t, messages(config.Operations)}, nil
}

// Reads reports whether a call of the method counts what its message says, and whether the names of
// its fields are those of the .proto file rather than JSON's.
func (c *RPCClient) Reads(method string) (reads, protoNames bool) {
	protoNames, reads = c.messages[method]
	return reads, protoNames
}

type rpcSend struct{}

// rpcSender is the base of the Transport.
type rpcSender struct{}

// RoundTrip makes the call that the request stands for.
func (rpcSender) RoundTrip(req *http.Request) (*http.Response, error) {
	send, _ := req.Context().Value(rpcSend{}).(func() RPCAnswer)
	a := send()
	if a.Status == 0 {
		return nil, a.Err
	}
	res := &http.Response{StatusCode: a.Status, Header: a.Header, Body: http.NoBody, Request: req}
	if a.Done != nil {
		res.Body = rpcBody{a.Done} // which a limit on concurrent requests is held for
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

// Call waits until the limits admit a call of the method, and makes it by send, once for each
// attempt. It returns when the answer has ended. The error is one of the limits, or that of send.
func (c *RPCClient) Call(ctx context.Context, method string, header http.Header, message []byte, send func() RPCAnswer) error {
	req, err := rpcRequest(context.WithValue(ctx, rpcSend{}, send), rpcHost+method, header, message)
	if err != nil {
		return err
	}
	res, err := c.RoundTrip(req)
	if err != nil {
		return err
	}
	_, _ = res.Body.Read(make([]byte, 1)) // waits for a stream's end
	return res.Body.Close()
}

// rpcRequest returns a call as a request.
func rpcRequest(ctx context.Context, url string, header http.Header, message []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	if header != nil {
		req.Header = header.Clone()
	}
	req.Header.Set("Content-Type", mediaRPC)
	req.Header.Del("Content-Encoding") // which is about the message as it is sent
	return req, nil
}

// An RPCServer enforces limits on calls. It is a Middleware for what is not HTTP.
type RPCServer struct {
	*Middleware
	messages map[string]bool
}

// NewRPCServer checks the options, so that a wrong one is an error here.
func NewRPCServer(api RPC, options []ServerOption) (*RPCServer, error) {
	config := api.Server
	config.Operations, config.DefaultPath, config.Schemas = rpcOperations(config.Operations), "", nil
	config.ErrorForm, config.ErrorMedia, config.ErrorExceeded = "", "", nil
	m, err := NewMiddleware(config, options)
	if err != nil {
		return nil, err
	}
	return &RPCServer{m, messages(config.Operations)}, nil
}

// Reads is RPCClient's.
func (s *RPCServer) Reads(method string) (reads, protoNames bool) {
	protoNames, reads = s.messages[method]
	return reads, protoNames
}

// An RPCRefusal is why a call is not served, in terms of HTTP.
type RPCRefusal struct {
	Status  int
	Message string
	Header  http.Header
	Retry   time.Duration // when to try again; 0 if that is not known
}

// An RPCCall is a call that has come in.
type RPCCall struct {
	Method  string
	Header  http.Header // its metadata
	Remote  string      // the caller's address, with or without a port
	Message []byte      // as JSON; nil if Reads says so, and for streams
}

// Serve lets the limits decide on a call, and then serve serves it and gives its status. header is
// what the answer is to say of the limits, and ctx knows the caller where WithAuth names one. The
// refusal is nil when serve was called.
func (s *RPCServer) Serve(ctx context.Context, call RPCCall, serve func(ctx context.Context, header http.Header) (status int)) *RPCRefusal {
	r, err := rpcRequest(ctx, call.Method, call.Header, call.Message)
	if err != nil {
		return &RPCRefusal{Status: http.StatusNotFound, Message: err.Error()}
	}
	r.RemoteAddr = call.Remote
	served := false
	w := &rpcWriter{header: make(http.Header), status: http.StatusOK}
	s.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served = true
		w.WriteHeader(serve(r.Context(), w.Header()))
	})).ServeHTTP(w, r)
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

// rpcWriter keeps what a refusal says.
type rpcWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns what is said of the limits.
func (w *rpcWriter) Header() http.Header { return w.header }

// WriteHeader keeps the status.
func (w *rpcWriter) WriteHeader(status int) { w.status = status }

// Write keeps the problem.
func (w *rpcWriter) Write(p []byte) (int, error) { return w.body.Write(p) }
