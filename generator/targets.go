package generator

import "github.com/limitgen/limitgen/generator/emit/config"

// Targets are the kinds of configuration that can be emitted, in the order in which they are listed and recorded.
func Targets() []*config.Target {
	return []*config.Target{}
}
