package fileset

import (
	"io/fs"
	"os"
	"path"
	"strings"
)

// A run writes next contents and backups beside their files under names of this form. Only a run
// that was killed leaves them behind.
const (
	temporaryPrefix = ".limitgen-"
	temporarySuffix = ".tmp"
)

// isTemporary reports whether a name is one that a run gives to its temporary files.
func isTemporary(name string) bool {
	middle, ok := strings.CutPrefix(path.Base(name), temporaryPrefix)
	middle, tmp := strings.CutSuffix(middle, temporarySuffix)
	return ok && tmp && middle != "" &&
		strings.Trim(middle, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}

// temporaries finds what interrupted runs left in folders.
func temporaries(root *os.Root, folders []string) []string {
	var found []string
	for _, folder := range folders {
		entries, err := fs.ReadDir(root.FS(), folder)
		if err != nil {
			continue // not there; an unreadable folder fails when its files are read
		}
		for _, e := range entries {
			if e.Type().IsRegular() && isTemporary(e.Name()) {
				found = append(found, path.Join(folder, e.Name()))
			}
		}
	}
	return found
}

// intended takes the hashes of the files that an interrupted run meant to write from its manifest,
// which it prepares before it changes anything and puts in place last. Without them, a file without
// a header that was renewed by that run would be taken for one edited by hand.
func (p *Plan) intended(root *os.Root, name string) {
	data, err := root.ReadFile(name)
	if err != nil || !ownManifest(data) {
		return
	}
	for _, sum := range listed(data) {
		p.unfinished[sum] = true
	}
}
