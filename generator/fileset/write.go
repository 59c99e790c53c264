package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write carries the plan out and returns the paths of the files that it removed. It is all or
// nothing: new contents and backups are prepared first, and when a step fails the steps before it
// are undone. Files that stay as they are keep their time of modification.
//
// A power cut may leave a mixture, which check reports; nothing here waits for the disk, since
// everything can be generated again. Two runs at once on one folder are not kept apart.
func (p *Plan) Write() (removed []string, err error) {
	if errs := p.Refused(); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	made, err := makeFolders(p.dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	tx := &transaction{root: root, rename: p.rename}
	defer func() {
		if err != nil {
			tx.undo()
		}
		tx.cleanUp()
		if err != nil {
			for _, dir := range made {
				_ = os.Remove(dir) // only when it is empty
			}
		}
	}()
	for _, s := range p.steps {
		if !s.changes() {
			continue
		}
		if err := tx.prepare(s); err != nil {
			return nil, p.failed(s, err)
		}
	}
	for _, it := range tx.items {
		if err := tx.commit(it); err != nil {
			return nil, p.failed(it.step, err)
		}
		if it.want == nil && it.done {
			removed = append(removed, p.path(it.name))
		}
	}
	return removed, nil
}

func (p *Plan) failed(s step, err error) error {
	return fmt.Errorf("%s: %w; the output is as it was", p.path(s.name), err)
}

// makeFolders makes dir and returns the folders that were missing, deepest first.
func makeFolders(dir string) (made []string, err error) {
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); !errors.Is(err, fs.ErrNotExist) || d == filepath.Dir(d) {
			break
		}
		made = append(made, d)
	}
	return made, os.MkdirAll(dir, 0o777)
}
