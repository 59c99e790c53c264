package main

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/emit"
)

// companionHelp says what --observe and --store know.
func companionHelp() string {
	var b strings.Builder
	for _, flag := range []string{"observe", "store"} {
		fmt.Fprintf(&b, "What --%s knows:\n\n", flag)
		for _, c := range emit.Companions() {
			if c.Flag == flag {
				fmt.Fprintf(&b, "  %-23s %s\n", c.Name, c.Summary)
			}
		}
		if flag == "observe" {
			b.WriteString("\n")
		}
	}
	return b.String()
}
