package emit

import (
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

const ruleRPC = "rpc"

// Uncalled reports what the interceptors that are asked for cannot do: an API without RPCs, and
// what is read or counted of a message, of which streams have many. The messages of a stream have
// no answers of their own, so a client could not know when the server has counted each.
func Uncalled(api *model.API, b Beside) diag.List {
	var diags diag.List
	if len(b.RPC) == 0 {
		return nil
	}
	found := false
	for _, op := range api.Operations {
		if op.RPCMethod() == "" {
			continue
		}
		found = true
		for _, r := range op.Rates {
			if unit := r.Limit.Unit; r.Count == nil && unit != "requests" && unit != "concurrent-requests" {
				diags.Warnf(r.Pos, ruleRPC, "%q counts %s, and a call of %s costs %d; if it is a stream, it costs that once, however many messages it has",
					r.Limit.Name, unit, op.RPCMethod(), r.Cost)
			}
			if r.Count != nil && r.Count.In != model.InHeader {
				each := r.Times
				if r.Value {
					each = r.Default * r.Times
				}
				diags.Warnf(r.Pos, ruleRPC, "the cost in %q is read of the message of a unary call; if %s is a stream, it costs %d", r.Limit.Name, op.RPCMethod(), each)
			}
			if r.Key != nil &&
				slices.ContainsFunc(r.Key.Dimensions, func(d *model.Dimension) bool { return d.Expr != nil && d.Expr.In != model.InHeader }) {
				diags.Warnf(r.Pos, ruleRPC, "the key of %q is read of the message of a unary call; if %s is a stream, all its calls share one counter",
					r.Limit.Name, op.RPCMethod())
			}
		}
	}
	if !found {
		diags.Errorf(api.At["paths"], ruleRPC, "no operation is an RPC for --rpc %s: add x-grpc-method: package.Service/Method to those that are",
			strings.Join(b.RPC, ","))
	}
	return diags
}
