package main

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"

	"github.com/limitgen/limitgen/generator/diag"
)

// colors are the values of --color.
var colors = []string{"auto", "always", "never"}

// style says how findings are printed to w: in colour when asked to, or by default on a terminal,
// save where NO_COLOR is set (no-color.org) or the terminal is dumb.
func (s streams) style(w io.Writer) diag.Style {
	switch *s.color {
	case "always":
		return diag.Style{Color: true}
	case "never":
		return diag.Style{}
	}
	f, ok := w.(*os.File)
	return diag.Style{Color: ok && isatty.IsTerminal(f.Fd()) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}
