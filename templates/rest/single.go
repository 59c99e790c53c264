package rest

import "bytes"

// ListOrOne is a list that some servers write without brackets when it has one item. It is used
// like a []T, which can be assigned to it, and is always written with brackets.
type ListOrOne[T any] []T

// UnmarshalJSON reads a list, or its only item without brackets.
func (l *ListOrOne[T]) UnmarshalJSON(data []byte) error {
	text := bytes.TrimLeft(data, " \t\r\n")
	if len(text) == 0 || text[0] == '[' || bytes.Equal(text, []byte("null")) {
		return unmarshalJSON(data, (*[]T)(l))
	}
	one := make([]T, 1)
	if err := unmarshalJSON(data, &one[0]); err != nil {
		return err
	}
	*l = one
	return nil
}
