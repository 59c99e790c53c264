//go:build ignore

package grpclimits

import (
	"context"
	"errors"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/limitgen/limitgen/templates/ratelimit"
	"github.com/limitgen/limitgen/templates/rest"
)

// statuses maps gRPC's codes to HTTP statuses; the first code of a status is its inverse.
var statuses = []struct {
	code   codes.Code
	status int
}{
	{codes.OK, http.StatusOK}, {codes.InvalidArgument, http.StatusBadRequest}, {codes.Unauthenticated, http.StatusUnauthorized},
	{codes.PermissionDenied, http.StatusForbidden}, {codes.NotFound, http.StatusNotFound}, {codes.AlreadyExists, http.StatusConflict},
	{codes.ResourceExhausted, http.StatusTooManyRequests}, {codes.Unimplemented, http.StatusNotImplemented},
	{codes.Unavailable, http.StatusServiceUnavailable}, {codes.InvalidArgument, http.StatusRequestEntityTooLarge},
}

func httpStatus(err error) int {
	code := status.Code(err)
	for _, s := range statuses {
		if s.code == code {
			return s.status
		}
	}
	return http.StatusInternalServerError
}

// answerOf converts a call's outcome. A call that found no server, or was given up, has no answer:
// it may have been counted or not.
func answerOf(err error, header, trailer metadata.MD) rest.RPCAnswer {
	switch status.Code(err) {
	case codes.Unavailable, codes.Canceled, codes.DeadlineExceeded:
		return rest.RPCAnswer{Err: err}
	}
	a := rest.RPCAnswer{Status: httpStatus(err), Header: headerOf(header, trailer)}
	if err == nil {
		return a
	}
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok && info.GetRetryDelay() != nil {
			seconds := (info.GetRetryDelay().AsDuration() + time.Second - 1) / time.Second
			a.Header.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
		}
	}
	return a
}

// refused returns the error of a refused call.
func refused(r *rest.RPCRefusal) error {
	code := codes.Internal
	for _, s := range statuses {
		if s.status == r.Status {
			code = s.code
		}
	}
	st := status.New(code, r.Message)
	if r.Retry > 0 {
		if detailed, err := st.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(r.Retry)}); err == nil {
			st = detailed
		}
	}
	return st.Err()
}

// limitError is the error of a call that the client's limits did not admit, or whose cost cannot be
// counted.
type limitError struct {
	error
	code codes.Code
}

// Unwrap is for errors.As.
func (f *limitError) Unwrap() error { return f.error }

// GRPCStatus is for status.FromError.
func (f *limitError) GRPCStatus() *status.Status { return status.New(f.code, f.Error()) }

// failure converts an error of the limits to the code that servers answer in that case.
func failure(err error) error {
	var limited *ratelimit.LimitError
	var cost *ratelimit.CostError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &limited):
		return &limitError{err, codes.ResourceExhausted}
	case errors.As(err, &cost):
		return &limitError{err, codes.InvalidArgument}
	case errors.Is(err, context.DeadlineExceeded):
		return &limitError{err, codes.DeadlineExceeded}
	case errors.Is(err, context.Canceled):
		return &limitError{err, codes.Canceled}
	}
	return err
}

// messageOf returns a message as JSON if limits count by it.
func messageOf(core interface{ Reads(string) (bool, bool) }, method string, message any) ([]byte, error) {
	reads, protoNames := core.Reads(method)
	m, ok := message.(proto.Message)
	if !reads || !ok {
		return nil, nil
	}
	return protojson.MarshalOptions{UseProtoNames: protoNames}.Marshal(m)
}

// headerOf converts metadata to headers. Limits do not use binary metadata.
func headerOf(all ...metadata.MD) http.Header {
	out := make(http.Header)
	for _, md := range all {
		for name, values := range md {
			if strings.HasPrefix(name, ":") || strings.HasSuffix(name, "-bin") {
				continue
			}
			name = textproto.CanonicalMIMEHeaderKey(name)
			if before := out[name]; len(before) > 0 {
				values = append(before[:len(before):len(before)], values...)
			}
			out[name] = values
		}
	}
	return out
}

func metadataOf(header http.Header) metadata.MD {
	md := make(metadata.MD, len(header))
	for name, values := range header {
		md[strings.ToLower(name)] = values
	}
	return md
}
