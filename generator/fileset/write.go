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
// A run that is killed may leave a mixture of old and new files and temporary ones beside them.
// Drift names them, and the next run mends them. Nothing here waits for the disk, since everything
// can be generated again. Two runs on one folder take turns, and each looks again when its turn
// comes.
func (p *Plan) Write() (removed []string, err error) {
	if errs := p.Refused(); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	made, err := makeFolders(p.dir)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(p.dir, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := p.look(); err != nil {
		return nil, err
	}
	if errs := p.Refused(); len(errs) > 0 {
		return nil, errors.Join(errs...)
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
		if it.want == nil && it.done && !isTemporary(it.name) {
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
