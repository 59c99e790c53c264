package source

import (
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/overlay"
)

// File is a file's name in findings and its text.
type File struct {
	Name string
	Data []byte
}

// overlay changes the document by files beside it.
func (d *Document) overlay(files []File) diag.List {
	var diags diag.List
	if len(files) > 0 {
		d.root = overlay.Clone(d.root)
	}
	for _, f := range files {
		over, more := readTree(f.Name, f.Data, "the overlay is not a mapping")
		diags = append(diags, more...)
		if more.HasErrors() {
			continue
		}
		diag.Mark(over, f.Name)
		diags = append(diags, overlay.Apply(d.root, d.File, over)...)
	}
	return diags
}
