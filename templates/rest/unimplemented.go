package rest

import "net/http"

// Unimplemented returns the error of an operation that a handler does not implement.
func Unimplemented(operation string) error {
	return &APIError{StatusCode: http.StatusNotImplemented, Message: operation + " is not implemented"}
}
