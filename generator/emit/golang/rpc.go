package golang

import (
	"github.com/dave/jennifer/jen"
)

// rpc prints what the interceptors of gRPC and Connect are made of.
func (e *emitter) rpc(f *jen.File) {
	name := e.api.Names.RPC
	f.Line().Comment(comment(name + " returns what the interceptors for gRPC and Connect are made of: those operations that are RPCs, and the limits."))
	f.Func().Id(name).Params().Add(rest("RPC")).Block(
		jen.Return(rest("RPC").Add(multi(
			field("Client", rest("ClientConfig").Add(multi(e.transportConfig()...))),
			field("Server", rest("ServerConfig").Add(multi(e.serverConfig()...))),
		))),
	)
}
