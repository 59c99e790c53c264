package envoy

import (
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// Names are the names in the service's configuration, for programs that ask the service themselves.
type Names struct {
	Domain     string
	Address    string // of the entry of a caller's address
	Limits     []LimitNames
	Operations []OperationName
}

// LimitNames are the names of one limit's descriptors.
type LimitNames struct {
	Limit string
	Key   string // of the entry that holds the values of keys; "" for none
	// Shapes has a letter for each value of a partition key: o for the operation, a for the
	// caller's address, v for another value. Operations that define a key otherwise may have more
	// values.
	Shapes []string
}

// OperationName is the value of an operation in partition keys and in descriptors.
type OperationName struct{ Counter, Name string }

// NamesOf returns the names for an API.
func NamesOf(api *model.API) Names {
	in := config.NewInput(api)
	n := Names{Domain: domain(api), Address: address(in).Key}
	for _, l := range in.Limits {
		n.Limits = append(n.Limits, LimitNames{Limit: l.Name, Key: keyName(l), Shapes: shapes(in, l)})
	}
	for _, r := range in.Routes {
		if slices.ContainsFunc(r.Rates(), func(rate *model.Rate) bool { return slices.Contains(rate.Limit.Per, "operation") }) {
			n.Operations = append(n.Operations, OperationName{r.Variants[0].Counter, spell(r.ID)})
		}
	}
	return n
}

func shapes(in *config.Input, l *model.Limit) []string {
	var out []string
	for _, r := range in.Uses(l) {
		for _, op := range r.Variants {
			for _, rate := range op.Rates {
				if s := shape(rate); rate.Limit == l && !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

func shape(rate *model.Rate) string {
	var b strings.Builder
	for _, d := range rate.Dimensions() {
		switch d.Builtin {
		case "operation":
			b.WriteByte('o')
		case "client-ip":
			b.WriteByte('a')
		default:
			b.WriteByte('v')
		}
	}
	return b.String()
}

// space begins the names of an API's filters.
func space(api *model.API) string { return "limitgen." + config.Prefix(api) }

// domain returns the service's name for all limits of an API.
func domain(api *model.API) string { return strings.ReplaceAll(api.Name, "_", "-") }
