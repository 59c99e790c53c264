package drive

import "embed"

// Source holds the files that are copied beside generated code.
//
//go:embed drive.go values.go bodies.go
var Source embed.FS
