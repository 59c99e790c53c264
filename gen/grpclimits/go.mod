module github.com/limitgen/limitgen/gen/grpclimits

go 1.25.0

require (
	github.com/limitgen/limitgen v0.0.0
	google.golang.org/genproto/googleapis/rpc v0.0.0-20250728155136-f173205681a0
	google.golang.org/grpc v1.75.1
	google.golang.org/protobuf v1.36.10
)

require (
	golang.org/x/net v0.42.0 // indirect
	golang.org/x/sys v0.34.0 // indirect
	golang.org/x/text v0.27.0 // indirect
)

replace github.com/limitgen/limitgen => ../..
