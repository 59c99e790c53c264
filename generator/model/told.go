package model

// Spelling is the form of a path parameter's text; "" is any.
type Spelling string

const (
	SpeltListed  Spelling = "Listed"
	SpeltInteger Spelling = "Integer"
	SpeltNumber  Spelling = "Number"
	SpeltFormat  Spelling = "Format"
)

// Told tells an operation from others with the same path but for the names of parameters, by the
// spelling of one of these.
type Told struct {
	Param  int // its place in the path, from 1
	As     Spelling
	Format string
	Texts  []string
}

// Width orders spellings: one that more texts have is wider.
func (t *Told) Width() int {
	switch t.As {
	case SpeltListed:
		return 0
	case SpeltFormat:
		return 1
	case SpeltInteger:
		return 2
	case SpeltNumber:
		return 3
	}
	return 4
}
