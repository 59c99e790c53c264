//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fileset

import (
	"errors"
	"os"
	"syscall"
)

// lock holds a folder for one writer, or for readers, until unlock. The lock is on the folder
// itself, so it leaves no file behind and ends with the process. A file system without locks has
// none.
func lock(dir string, write bool) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_SH
	if write {
		how = syscall.LOCK_EX
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	// An error here means that the file system knows no locks: runs are then not kept apart.
	return func() { _ = f.Close() }, nil
}
