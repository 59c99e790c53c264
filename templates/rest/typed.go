package rest

import (
	"encoding/json"
	"errors"
	"mime"
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
// An answer that is not of the spec gives only an APIError: one of another status, or of another
// media type than JSON, or with a body that lacks required members or has null in their place. Null
// counts as absent elsewhere, and alternatives and bounds of values are not checked.
type ErrorOf[T any] struct { //nolint:errname // it reads as the error of a T
	*APIError

	Value T
}

// Unwrap returns the APIError.
func (e *ErrorOf[T]) Unwrap() error { return e.APIError }

// take reads an error whose body is declared to be a T.
func (e *ErrorOf[T]) take(from *APIError, declared reflect.Type) bool {
	e.APIError = from
	t := reflect.TypeFor[T]()
	return declared == t && complete(scanPointer(from.Body, ""), t, false) && decode(from.Body, &e.Value) == nil
}

// complete reports whether a value has the members that its type requires, and those of parts too.
// Its own null is allowed if the caller says so.
func complete(v jsonValue, t reflect.Type, null bool) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case v.kind == jsonNull || v.kind == jsonInvalid:
		return null && v.kind == jsonNull
	case v.kind == jsonArray && t.Kind() == reflect.Slice, v.kind == jsonObject && t.Kind() == reflect.Map:
		for w := walk(v); w.next(); {
			if !complete(w.value, t.Elem(), holdsNull(t.Elem())) {
				return false
			}
		}
	case v.kind == jsonObject && formOf(t, !hasFields(t) && t.Implements(anyMarshaler)) == formStruct:
		return completeFields(v, t)
	}
	return true
}

func completeFields(v jsonValue, t reflect.Type) bool {
	fields, _, _ := jsonFields(t)
	for _, f := range fields {
		part, _ := member(v, f.name)
		if part.kind == jsonMissing {
			if !f.omit {
				return false
			}
			continue
		}
		if !complete(part, f.typed, f.omit || f.null || !nilable(f.typed) && holdsNull(f.typed)) {
			return false
		}
	}
	return true
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
	Status  int
	Type    reflect.Type
	Problem bool // it may be application/problem+json
}

// ErrorType returns the ErrorBody of a T in JSON, for generated tables.
func ErrorType[T any](status int) ErrorBody {
	return ErrorBody{Status: status, Type: reflect.TypeFor[T]()}
}

// ProblemType returns the ErrorBody of a T in application/problem+json, or in other JSON.
func ProblemType[T any](status int) ErrorBody {
	return ErrorBody{Status: status, Type: reflect.TypeFor[T](), Problem: true}
}

// declared returns the type of an error's body; nil if the spec names none. The table lists more
// exact entries first.
func (e *APIError) declared() reflect.Type {
	for _, b := range e.bodies {
		if b.Status == e.StatusCode || b.Status == e.StatusCode/100 || b.Status == 0 {
			if !b.reads(e.Header.Get("Content-Type")) {
				return nil
			}
			return b.Type
		}
	}
	return nil
}

// reads reports whether a body of a media type may be the one that the spec has. Problem details
// are not, unless the spec has them: servers answer with them on their own. Other JSON is, since
// APIs do not always label it as in the spec.
func (b *ErrorBody) reads(media string) bool {
	if media == "" {
		return true
	}
	t, _, err := mime.ParseMediaType(media)
	return err == nil && isJSON(t) && (b.Problem || t != mediaProblem)
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
