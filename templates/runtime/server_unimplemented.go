package runtime

import "net/http"

// unimplemented is what a handler's method that does nothing answers.
func unimplemented(operation string) error {
	return &APIError{StatusCode: http.StatusNotImplemented, Message: operation + " is not implemented"}
}
