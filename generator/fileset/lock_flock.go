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
	how := syscall.LOCK_SH
	if write {
		how = syscall.LOCK_EX
	}
	for {
		f, err := os.Open(dir)
		if err != nil {
			return nil, err
		}
		for {
			err = syscall.Flock(int(f.Fd()), how)
			if !errors.Is(err, syscall.EINTR) {
				break
			}
		}
		// An error here means that the file system has no locks: runs are then not serialised.
		if stands(f, dir) {
			return func() { _ = f.Close() }, nil
		}
		_ = f.Close() // the run that had the lock removed the folder
	}
}

// stands reports whether an open folder is still the one of this name.
func stands(f *os.File, dir string) bool {
	was, err := f.Stat()
	if err != nil {
		return true
	}
	is, err := os.Stat(dir)
	return err == nil && os.SameFile(was, is)
}
