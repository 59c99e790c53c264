package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Write carries the plan out; see the function of that name.
func (p *Plan) Write() (removed []string, err error) { return Write(p) }

// Write carries plans for different folders out and returns the paths of the files that it removed.
// It is atomic for all of them together: new contents and backups are prepared first, and if a step
// fails the steps before it are undone. Unchanged files keep their modification time.
//
// A run that is killed may leave a mixture of old and new files and temporary ones beside them.
// Drift names them, and the next run repairs them. Nothing here syncs to disk, since everything can
// be generated again. Two runs on one folder take turns, and each inspects the folder again when
// its turn comes.
func Write(plans ...*Plan) (removed []string, err error) {
	if err := refused(plans); err != nil {
		return nil, err
	}
	made, unlock, err := takeTurn(plans)
	defer func() {
		if err != nil {
			for _, dir := range slices.Backward(made) {
				_ = os.Remove(dir) // only when it is empty
			}
		}
		unlock()
	}()
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		if err := p.look(); err != nil {
			return nil, err
		}
	}
	if err := refused(plans); err != nil {
		return nil, err
	}
	return carryOut(plans)
}

// carryOut does what Write does for plans that have their turn.
func carryOut(plans []*Plan) (removed []string, err error) {
	var under []*transaction
	defer func() {
		for _, tx := range slices.Backward(under) {
			if err != nil {
				tx.undo()
			}
			tx.cleanUp()
			_ = tx.root.Close()
		}
	}()
	for _, p := range plans {
		root, err := os.OpenRoot(p.dir)
		if err != nil {
			return nil, err
		}
		tx := &transaction{root: root, rename: p.rename}
		under = append(under, tx)
		for _, s := range p.steps {
			if !s.changes() {
				continue
			}
			if err := tx.prepare(s); err != nil {
				return nil, p.failed(s, err)
			}
		}
	}
	for i, tx := range under {
		p := plans[i]
		for _, it := range tx.items {
			if err := tx.commit(it); err != nil {
				return nil, p.failed(it.step, err)
			}
			if it.want == nil && it.done && !isTemporary(it.name) {
				removed = append(removed, p.path(it.name))
			}
		}
	}
	return removed, nil
}

// refused are the files of all plans that a run would have to touch but may not.
func refused(plans []*Plan) error {
	var errs []error
	for _, p := range plans {
		errs = append(errs, p.Refused()...)
	}
	return errors.Join(errs...)
}

// takeTurn makes the folders that are missing, which it returns with parents first, and waits for
// the plans' turn. unlock is never nil.
func takeTurn(plans []*Plan) (made []string, unlock func(), err error) {
	for try := 0; ; try++ {
		for _, p := range plans {
			more, err := makeFolders(p.dir)
			made = append(made, more...)
			if err != nil {
				return made, func() {}, err
			}
		}
		unlock, err = lockAll(plans)
		if !errors.Is(err, fs.ErrNotExist) || try == 100 {
			return made, unlock, err
		}
		unlock() // a run that failed took its new folders away again
	}
}

// lockAll locks the folders in the order of their names, so that two runs on the same folders do
// not wait for each other. unlock is never nil.
func lockAll(plans []*Plan) (unlock func(), err error) {
	var held []func()
	unlock = func() {
		for _, release := range slices.Backward(held) {
			release()
		}
	}
	var names []string
	for _, p := range plans {
		name, err := filepath.Abs(p.dir)
		if err == nil {
			name, err = filepath.EvalSymlinks(name)
		}
		if err != nil {
			return unlock, err
		}
		if slices.Contains(names, name) {
			return unlock, fmt.Errorf("%s cannot hold two outputs", p.dir)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		release, err := lock(name, true)
		if err != nil {
			return unlock, err
		}
		held = append(held, release)
	}
	return unlock, nil
}

func (p *Plan) failed(s step, err error) error {
	return fmt.Errorf("%s: %w; the output is as it was", p.path(s.name), err)
}

// makeFolders makes dir and returns the folders that were missing, parents first.
func makeFolders(dir string) (made []string, err error) {
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); !errors.Is(err, fs.ErrNotExist) || d == filepath.Dir(d) {
			break
		}
		made = append(made, d)
	}
	slices.Reverse(made)
	return made, os.MkdirAll(dir, 0o777)
}
