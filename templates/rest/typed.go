package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
)

// An ErrorOf is an APIError whose body the spec describes as a T. Callers find it by its type:
//
//	var conflict *rest.ErrorOf[shop.Conflict]
//	if errors.As(err, &conflict) {
//		log.Print(conflict.Value.Reason)
//	}
//
// A body that does not fit the spec for its status gives only an APIError.
type ErrorOf[T any] struct { //nolint:errname // it reads as the error of a T
	*APIError

	Value T
}

// Unwrap returns the APIError.
func (e *ErrorOf[T]) Unwrap() error { return e.APIError }

// take reads an error whose body is declared to be a T.
func (e *ErrorOf[T]) take(from *APIError, declared reflect.Type) bool {
	e.APIError = from
	return declared == reflect.TypeFor[T]() && decode(from.Body, &e.Value) == nil
}

// NewError returns an error that a server answers with a status and v as JSON, such as a schema
// that the spec names for that status, in the media type that it names there.
func NewError(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return errors.Join(&APIError{StatusCode: http.StatusInternalServerError}, err)
	}
	return &APIError{StatusCode: status, Body: body}
}

// An ErrorBody gives the type of an error's body: for one status, for a class as 4XX and 5XX do, or
// for all other statuses (0).
type ErrorBody struct {
	Status int
	Type   reflect.Type
}

// ErrorType returns the ErrorBody of a T, for generated tables.
func ErrorType[T any](status int) ErrorBody { return ErrorBody{status, reflect.TypeFor[T]()} }

// declared returns the type of an error's body; nil if the spec names none. The table lists more
// exact entries first.
func (e *APIError) declared() reflect.Type {
	for _, b := range e.bodies {
		if b.Status == e.StatusCode || b.Status == e.StatusCode/100 || b.Status == 0 {
			return b.Type
		}
	}
	return nil
}

// As lets errors.As find an ErrorOf the type that the spec names.
func (e *APIError) As(target any) bool {
	declared := e.declared()
	if declared == nil {
		return false
	}
	v := reflect.ValueOf(target).Elem()
	if v.Kind() != reflect.Pointer {
		return false
	}
	made := reflect.New(v.Type().Elem())
	typed, ok := made.Interface().(interface {
		take(from *APIError, declared reflect.Type) bool
	})
	if !ok || !typed.take(e, declared) {
		return false
	}
	v.Set(made)
	return true
}
