package golang

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

// multi prints a composite literal with one element a line. jennifer's Dict would sort the fields.
func multi(items ...jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, items...)
}

// field returns one "name: value" of a composite literal.
func field(name string, value jen.Code) jen.Code {
	return jen.Id(name).Op(":").Add(value)
}

// composite is the fields of a composite literal. Its methods leave out zero values.
type composite struct{ fields []jen.Code }

func (l *composite) add(name string, value jen.Code) {
	l.fields = append(l.fields, field(name, value))
}

func (l *composite) text(name, s string) {
	if s != "" {
		l.add(name, jen.Lit(s))
	}
}

// table adds the whole of an array that is a variable.
func (l *composite) table(name, variable string) {
	l.add(name, jen.Id(variable).Index(jen.Op(":")))
}

func (l *composite) number(name string, n int) {
	if n != 0 {
		l.add(name, jen.Lit(n))
	}
}

// most adds an upper bound. A bound of 0 is printed as -1, since 0 is none.
func (l *composite) most(name string, n *int64) {
	switch {
	case n == nil:
	case *n == 0:
		l.add(name, jen.Lit(-1))
	default:
		l.add(name, jen.Lit(int(*n)))
	}
}

func (l *composite) flag(name string, on bool) {
	if on {
		l.add(name, jen.True())
	}
}

func (l *composite) bound(name string, n *float64) {
	if n != nil {
		l.add(name, rest("Ptr").Call(jen.Lit(*n)))
	}
}

func (l *composite) pattern(name, expression string) {
	if expression != "" {
		l.add(name, jen.Qual("regexp", "MustCompile").Call(quoted(expression)))
	}
}

func (l *composite) indexes(name string, list []int) {
	if len(list) > 0 {
		l.add(name, jen.Index().Int().ValuesFunc(func(g *jen.Group) {
			for _, i := range list {
				g.Lit(i)
			}
		}))
	}
}

// literals are the texts of a list.
func literals(texts []string) []jen.Code {
	out := make([]jen.Code, len(texts))
	for i, text := range texts {
		out[i] = quoted(text)
	}
	return out
}

// quoted prints a text in backquotes where quotes would need escapes in it, as in JSON and regular
// expressions. Characters that are not printable, such as those that change the direction of text,
// stay escapes.
func quoted(text string) *jen.Statement {
	hidden := func(r rune) bool { return !strconv.IsPrint(r) }
	if strings.ContainsAny(text, `"\`) && strconv.CanBackquote(text) &&
		!strings.ContainsFunc(text, hidden) {
		return jen.Op("`" + text + "`")
	}
	return jen.Lit(text)
}
