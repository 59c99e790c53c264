// Package fileset is the only place that touches the disk: it plans what a run would do to a
// folder of output, and either does it (generate) or reports it (check).
// It does not interpret the files. A file is ours when its first line is our header, or
// when the manifest beside it lists it with the hash that it still has; nothing else is touched.
package fileset

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// File is one file of output. Name is relative to the folder, with forward slashes.
type File struct {
	Name string
	Data []byte
}

// reserved are the names that Windows gives to devices, whatever follows the first dot.
var reserved = strings.Fields("con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9")

// sorted checks the names of a set and returns its files by name. Names that differ only by case
// are an error, because half of all file systems hold one of them only.
func sorted(files []File) ([]File, error) {
	out := slices.Clone(files)
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	folded := map[string]string{strings.ToLower(ManifestName): ManifestName}
	for _, f := range out {
		if err := validName(f.Name); err != nil {
			return nil, err
		}
		key := strings.ToLower(f.Name)
		if other, ok := folded[key]; ok {
			return nil, fmt.Errorf("file names %q and %q differ only in case", other, f.Name)
		}
		folded[key] = f.Name
	}
	return out, nil
}

// validName accepts names that every supported system can hold and that stay inside the folder.
func validName(name string) error {
	if name == "" || path.IsAbs(name) || path.Clean(name) != name || name == "." {
		return fmt.Errorf("file name %q is not a clean relative path", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		base, _, _ := strings.Cut(strings.ToLower(part), ".")
		switch {
		case part == "..":
			return fmt.Errorf("file name %q leaves the folder", name)
		case slices.Contains(reserved, base):
			return fmt.Errorf("file name %q is a device on Windows", name)
		case strings.HasSuffix(part, ".") || strings.HasSuffix(part, " "):
			return fmt.Errorf("file name %q ends in a dot or a space, which Windows drops", name)
		case strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || strings.ContainsRune(`\:*?"<>|`, r) }):
			return fmt.Errorf("file name %q has a character that Windows does not allow", name)
		}
	}
	return nil
}
