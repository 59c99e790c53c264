package fileset

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strconv"
)

// transaction is one Write under way.
type transaction struct {
	root    *os.Root
	rename  func(root *os.Root, from, to string) error
	items   []*item
	folders []string // made below the root, parents first
}

// item is a step with what was put beside its file: the next contents, and what it was.
// Both names are "" if there is none, or no more.
type item struct {
	step
	next, backup string
	done         bool
}

// prepare does all parts of a step that may fail for lack of space or permissions, without changing
// any file.
func (tx *transaction) prepare(s step) error {
	it := &item{step: s}
	tx.items = append(tx.items, it)
	if s.want != nil {
		if err := tx.makeParents(path.Dir(s.name)); err != nil {
			return err
		}
		it.next = beside(s.name)
		if err := tx.create(it.next, s.want, 0o666); err != nil { // the system takes its mask off
			return err
		}
		if s.had != nil {
			if err := tx.root.Chmod(it.next, s.mode); err != nil {
				return err
			}
		}
	}
	if s.had == nil {
		return nil
	}
	it.backup = beside(s.name)
	// A second link keeps everything about the file. Where the system has no links, a copy does.
	if tx.root.Link(s.name, it.backup) == nil {
		return nil
	}
	return tx.copy(s, it.backup)
}

// commit puts the next contents in the file's place, or removes the file.
func (tx *transaction) commit(it *item) error {
	if it.want != nil {
		if err := tx.rename(tx.root, it.next, it.name); err != nil {
			return err
		}
		it.next, it.done = "", true
		return nil
	}
	if tx.renewed(it.name) {
		return nil
	}
	if err := tx.root.Remove(it.name); err != nil {
		return err
	}
	it.done = true
	return nil
}

// renewed reports whether a removed name is a new file's name in another case: on file systems that
// ignore case, removing it would remove the new file.
func (tx *transaction) renewed(name string) bool {
	info, err := tx.root.Lstat(name)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(tx.items, func(it *item) bool {
		if !it.done || it.want == nil {
			return false
		}
		other, err := tx.root.Lstat(it.name)
		return err == nil && os.SameFile(info, other)
	})
}

// undo takes back what was committed, last first. It goes on after a failure, to restore what it
// can.
func (tx *transaction) undo() {
	for _, it := range slices.Backward(tx.items) {
		switch {
		case !it.done:
		case it.backup == "":
			_ = tx.root.Remove(it.name)
		default:
			_ = tx.makeParents(path.Dir(it.name))
			if tx.root.Rename(it.backup, it.name) == nil {
				it.backup = ""
			}
		}
		it.done = false
	}
	for _, it := range tx.items {
		tx.discard(&it.next)
	}
	for _, dir := range slices.Backward(tx.folders) {
		_ = tx.root.Remove(dir) // only when it is empty
	}
}

// cleanUp removes what was prepared and is not needed any more, and folders that removing files
// emptied.
func (tx *transaction) cleanUp() {
	for _, it := range tx.items {
		tx.discard(&it.next)
		tx.discard(&it.backup)
	}
	for _, it := range tx.items {
		if !it.done || it.want != nil {
			continue
		}
		for dir := path.Dir(it.name); dir != "." && tx.root.Remove(dir) == nil; dir = path.Dir(dir) {
			continue
		}
	}
}

func (tx *transaction) discard(name *string) {
	if *name != "" {
		_ = tx.root.Remove(*name)
		*name = ""
	}
}

func (tx *transaction) makeParents(dir string) error {
	if dir == "." {
		return nil
	}
	if err := tx.makeParents(path.Dir(dir)); err != nil {
		return err
	}
	err := tx.root.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		tx.folders = append(tx.folders, dir)
	}
	return err
}

func (tx *transaction) create(name string, data []byte, mode fs.FileMode) error {
	f, err := tx.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func (tx *transaction) copy(s step, to string) error {
	info, err := tx.root.Lstat(s.name)
	if err != nil {
		return err
	}
	if err := tx.create(to, s.had, s.mode); err != nil {
		return err
	}
	return tx.root.Chtimes(to, info.ModTime(), info.ModTime())
}

// beside returns a fresh name in the same folder, so that a rename never crosses file systems. It
// ends in no suffix that a build would read.
func beside(name string) string {
	return path.Join(path.Dir(name), temporaryPrefix+strconv.FormatUint(rand.Uint64(),
		36)+temporarySuffix)
}
