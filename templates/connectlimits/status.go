//go:build ignore

package connectlimits

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/limitgen/limitgen/templates/ratelimit"
	"github.com/limitgen/limitgen/templates/rest"
)

// statuses maps Connect's codes to HTTP statuses; the first code of a status is its inverse.
var statuses = []struct {
	code   connect.Code
	status int
}{
	{connect.CodeInvalidArgument, http.StatusBadRequest}, {connect.CodeUnauthenticated, http.StatusUnauthorized},
	{connect.CodePermissionDenied, http.StatusForbidden}, {connect.CodeNotFound, http.StatusNotFound},
	{connect.CodeAlreadyExists, http.StatusConflict}, {connect.CodeResourceExhausted, http.StatusTooManyRequests},
	{connect.CodeUnimplemented, http.StatusNotImplemented}, {connect.CodeUnavailable, http.StatusServiceUnavailable},
	{connect.CodeInvalidArgument, http.StatusRequestEntityTooLarge},
}

func httpStatus(err error) int {
	if err == nil {
		return http.StatusOK
	}
	code := connect.CodeOf(err)
	for _, s := range statuses {
		if s.code == code {
			return s.status
		}
	}
	return http.StatusInternalServerError
}

// answerOf converts a call's outcome. A call that found no server, or was given up, has no answer:
// it may have been counted or not.
func answerOf(err error, header http.Header) rest.RPCAnswer {
	if err == nil {
		return rest.RPCAnswer{Status: http.StatusOK, Header: header}
	}
	switch connect.CodeOf(err) {
	case connect.CodeUnavailable, connect.CodeCanceled, connect.CodeDeadlineExceeded:
		return rest.RPCAnswer{Err: err}
	}
	a := rest.RPCAnswer{Status: httpStatus(err), Header: make(http.Header)}
	maps.Copy(a.Header, header)
	var failed *connect.Error
	if !errors.As(err, &failed) {
		return a
	}
	maps.Copy(a.Header, failed.Meta())
	for _, detail := range failed.Details() {
		value, err := detail.Value()
		if info, ok := value.(*errdetails.RetryInfo); err == nil && ok && info.GetRetryDelay() != nil {
			seconds := (info.GetRetryDelay().AsDuration() + time.Second - 1) / time.Second
			a.Header.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
		}
	}
	return a
}

// refused returns the error of a refused call.
func refused(r *rest.RPCRefusal) error {
	code := connect.CodeInternal
	for _, s := range statuses {
		if s.status == r.Status {
			code = s.code
		}
	}
	err := connect.NewError(code, errors.New(r.Message))
	maps.Copy(err.Meta(), r.Header)
	if r.Retry > 0 {
		if detail, wrong := connect.NewErrorDetail(&errdetails.RetryInfo{RetryDelay: durationpb.New(r.Retry)}); wrong == nil {
			err.AddDetail(detail)
		}
	}
	return err
}

// failure converts an error of the limits to the code that servers answer in that case.
func failure(err error) error {
	var limited *ratelimit.LimitError
	var cost *ratelimit.CostError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &limited):
		return connect.NewError(connect.CodeResourceExhausted, err)
	case errors.As(err, &cost):
		return connect.NewError(connect.CodeInvalidArgument, err)
	case errors.Is(err, context.DeadlineExceeded):
		return connect.NewError(connect.CodeDeadlineExceeded, err)
	case errors.Is(err, context.Canceled):
		return connect.NewError(connect.CodeCanceled, err)
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
