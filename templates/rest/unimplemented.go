package rest

import "net/http"

// Unimplemented is what a handler's method that does nothing answers.
func Unimplemented(operation string) error {
	return &APIError{StatusCode: http.StatusNotImplemented, Message: operation + " is not implemented"}
}
