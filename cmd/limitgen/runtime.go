package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/manifest"
)

// shared is a folder with the run-time's packages for several outputs. Its manifest records the
// needs of each output, so that a run for one keeps the packages of the others. A run writes all
// packages, so they never have different versions.
type shared struct {
	dir        string
	importPath string // of dir
	version    string // to record
	// set has the outputs whose needs changed, by path from dir. One without needs no longer
	// imports from here.
	set map[string][]string

	others []string // the other outputs that import packages of the folder
}

// inspect plans for the folder.
func (r *shared) inspect() (*fileset.Plan, error) {
	return fileset.InspectShared(r.dir, r.want, emit.RuntimeNames()...)
}

// want returns the wanted content of the folder, given its current manifest.
func (r *shared) want(data []byte) ([]fileset.File, fileset.Record, error) {
	users, err := r.users(data)
	if err != nil || len(users) == 0 {
		return nil, nil, err
	}
	r.others = slices.Sorted(maps.Keys(users))
	r.others = slices.DeleteFunc(r.others, func(user string) bool { _, own := r.set[user]; return own })
	names := slices.Concat(slices.Collect(maps.Values(users))...)
	for _, name := range names {
		if err := free(r.dir, name); err != nil {
			return nil, nil, err
		}
	}
	return emit.Runtime(r.importPath, names), &manifest.Runtime{Users: users, Version: r.version}, nil
}

// users returns the outputs that import packages of the folder, and what each needs.
func (r *shared) users(data []byte) (map[string][]string, error) {
	recorded := manifest.Runtime{}
	err := recorded.Parse(data)
	switch {
	case err == nil && !manifest.IsRuntime(data):
		return nil, fmt.Errorf("%s holds the output of a spec; name another folder for --runtime", r.dir)
	case data == nil, err != nil:
		// The first run, or a damaged manifest: the outputs themselves say that they use the
		// folder.
		recorded.Users = r.findUsers()
	}
	users := map[string][]string{}
	for user, needs := range recorded.Users {
		if needs, err = r.needs(user, needs); err != nil {
			return nil, err
		}
		if len(needs) > 0 {
			users[user] = needs
		}
	}
	for user, needs := range r.set {
		delete(users, user)
		if len(needs) > 0 {
			users[user] = needs
		}
	}
	return users, nil
}

// needs returns what an output imports according to its own manifest: nothing if it is gone or
// imports the run-time from elsewhere.
func (r *shared) needs(user string, recorded []string) ([]string, error) {
	if _, known := r.set[user]; known {
		return nil, nil
	}
	out, err := manifest.FromHere(r.dir, user)
	if err != nil {
		return nil, err
	}
	args, _, err := readManifest(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return recorded, nil // its own check reports the error
	case args.runtime == "" || !samePath(args.runtime, r.dir):
		return nil, nil
	}
	if path, err := args.runtimePath(); err == nil && path != r.importPath {
		return nil, fmt.Errorf("%s would be imported as %s, but %s imports it as %s", r.dir, r.importPath, out, path)
	}
	return generator.Needs(args.options()), nil
}

// findUsers searches the module for the outputs of a folder whose manifest does not list them, if
// the folder has packages of ours.
func (r *shared) findUsers() map[string][]string {
	if !slices.ContainsFunc(emit.RuntimeNames(), func(name string) bool {
		_, err := os.Stat(filepath.Join(r.dir, name))
		return err == nil
	}) {
		return nil
	}
	top := r.dir
	if root, _, err := moduleOf(r.dir); err == nil {
		top = root
	}
	found, err := fileset.Find(top)
	if err != nil {
		return nil
	}
	users := map[string][]string{}
	for _, out := range found.Dirs {
		args, _, err := readManifest(out)
		if err != nil || args.runtime == "" || !samePath(args.runtime, r.dir) {
			continue
		}
		if user, err := manifest.Relative(r.dir, out); err == nil {
			users[user] = generator.Needs(args.options())
		}
	}
	return users
}

// free rejects a package's folder if it has an output, or a package of another name.
func free(dir, name string) error {
	folder := filepath.Join(dir, name)
	if _, err := os.Stat(filepath.Join(folder, fileset.ManifestName)); err == nil {
		return fmt.Errorf("%s is where the run-time's package %s belongs, but holds an output of its own", folder, name)
	}
	if file, pkg := foreignPackage(folder, name); file != "" {
		return fmt.Errorf("%s belongs to package %s, so the run-time's package %s cannot be in the same folder", file, pkg, name)
	}
	return nil
}

// shared returns the folder of the run-time that a job's output imports, with its needs, or nil.
func (j job) shared() (*shared, error) {
	if j.args.runtime == "" {
		return nil, nil
	}
	user, err := manifest.Relative(j.args.runtime, j.args.out)
	return &shared{
		dir: j.args.runtime, importPath: j.runtimePath, version: release(),
		set: map[string][]string{user: generator.Needs(j.options())},
	}, err
}

// left returns the shared folder from which an output no longer imports, or nil.
func (j job) left() (*shared, error) {
	before, _, err := readManifest(j.args.out)
	if err != nil || before.runtime == "" || j.args.runtime != "" && samePath(before.runtime, j.args.runtime) {
		return nil, nil // an unreadable manifest may not be ours
	}
	user, err := manifest.Relative(before.runtime, j.args.out)
	if err != nil {
		return nil, err
	}
	// The manifest may have been edited: only a folder that lists the output, and from which it can
	// import, is changed.
	data, err := os.ReadFile(filepath.Join(before.runtime, fileset.ManifestName))
	if err != nil || !manifest.IsRuntime(data) || validRuntime(j.args.out, before.runtime) != nil {
		return nil, nil
	}
	var recorded manifest.Runtime
	if err := recorded.Parse(data); err != nil || recorded.Users[user] == nil {
		return nil, nil
	}
	path, err := before.runtimePath()
	return &shared{dir: before.runtime, importPath: path, version: release(), set: map[string][]string{user: nil}}, err
}

// warning names the outputs whose packages change although they are not generated again, or returns
// "".
func (r *shared) warning(plan *fileset.Plan) string {
	if len(r.others) == 0 || !slices.ContainsFunc(plan.Drift(), func(d fileset.Drift) bool {
		return d.Name != fileset.ManifestName && d.Old != nil && d.New != nil
	}) {
		return ""
	}
	words := []string{"limitgen", "check"}
	for _, user := range r.others {
		out, err := manifest.FromHere(r.dir, user)
		if err != nil {
			return ""
		}
		words = append(words, manifest.Word(out))
	}
	return fmt.Sprintf("the packages in %s change for other outputs, too; run: %s", r.dir, command(words...))
}

func samePath(a, b string) bool {
	realA, errA := manifest.RealPath(a)
	realB, errB := manifest.RealPath(b)
	return errA == nil && errB == nil && realA == realB
}
