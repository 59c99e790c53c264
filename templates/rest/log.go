package rest

import (
	"errors"
	"fmt"
	"log/slog"
)

// panicError is the value of a handler's panic, and its place.
type panicError struct {
	value any
	stack []byte
}

func (e panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// log reports an error to the error log, slog's default logger unless set. Errors after a caller
// hung up, such as failed writes, are not the server's: slog gets them at level Debug.
func (x *Exchange) log(err error) {
	s := x.server
	if s.logError != nil {
		s.logError(x.context(), err)
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
	slog.Default().Log(x.context(), level, "server error", "api", s.config.API, "operation", operation, "error", err)
}
