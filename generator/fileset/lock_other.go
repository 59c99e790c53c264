//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package fileset

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// lock holds a folder for one run until unlock, by a file in the folder for temporary files:
// folders cannot be locked on this system. Readers take turns too.
func lock(dir string, _ bool) (unlock func(), err error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(abs))
	name := filepath.Join(os.TempDir(), "limitgen-"+hex.EncodeToString(sum[:8])+".lock")
	return lockedfile.MutexAt(name).Lock()
}
