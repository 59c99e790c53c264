package analyze

import "regexp"

// rpcName is a gRPC method's full name, with or without the slash that it begins with on the wire.
var rpcName = regexp.MustCompile(`^/?[A-Za-z_][\w.]*/[A-Za-z_]\w*$`)

// rpc reads which gRPC method an operation is.
func (b *builder) rpc(op *opSource) {
	const word = "x-grpc-method"
	value, given := op.Op.Extensions[word]
	if !given {
		return
	}
	pos := b.doc.Pos(append(op.Pointer[:len(op.Pointer):len(op.Pointer)], word)...)
	name, ok := value.(string)
	if !ok || !rpcName.MatchString(name) {
		b.diags.Errorf(pos, "rpc", "x-grpc-method takes the full name of a method, package.Service/Method")
		return
	}
	if name[0] != '/' {
		name = "/" + name
	}
	for _, other := range b.api.Operations {
		if other.RPC == name && (other.HTTPMethod != op.Method || other.Path != op.Path) {
			b.diags.Errorf(pos, "rpc", "%s is the method of %s already; leave it out here, or the limits of a call are not clear", name, other.ID)
			return
		}
	}
	op.model.RPC = name
}
