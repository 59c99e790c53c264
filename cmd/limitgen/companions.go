package main

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/emit"
)

// companionHelp says what --observe, --store and --rpc know.
func companionHelp() string {
	var b strings.Builder
	for i, flag := range []string{"observe", "store", "rpc"} {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "Values of --%s:\n\n", flag)
		for _, c := range emit.Companions() {
			if c.Flag == flag {
				fmt.Fprintf(&b, "  %-23s %s\n", c.Name, c.Summary)
			}
		}
	}
	return b.String()
}
