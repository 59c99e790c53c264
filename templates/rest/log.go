package rest

import (
	"errors"
	"fmt"
	"log/slog"
)

// panicError is what a handler panicked with, and where.
type panicError struct {
	value any
	stack []byte
}

func (e panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// log tells the server's owner of an error. Without a function for that it is slog's default
// logger: a caller that hangs up makes writing and much else fail, which is no error of the
// server's.
func (x *Exchange) log(err error) {
	s := x.server
	if s.logError != nil {
		s.logError(x.ctx, err)
		return
	}
	if s.silent {
		return
	}
	level, operation := slog.LevelError, ""
	if x.r.Context().Err() != nil && !errors.As(err, new(panicError)) {
		level = slog.LevelDebug
	}
	if x.view.op != nil {
		operation = x.view.op.ID
	}
	slog.Default().Log(x.ctx, level, "server error", "api", s.config.API, "operation", operation, "error", err)
}
