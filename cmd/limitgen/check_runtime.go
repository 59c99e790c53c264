package main

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/manifest"
)

// sharedUse is a shared folder of the run-time to check: all of it, or the packages that the
// checked outputs import.
type sharedUse struct {
	shared
	whole bool
	mend  string // the command that repairs it
	notes []string
}

// findShared adds a folder if its manifest is that of a shared folder.
func (c *checker) findShared(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, fileset.ManifestName))
	if err != nil || !manifest.IsRuntime(data) {
		return false
	}
	c.sharedAt(dir).whole = true
	return true
}

func (c *checker) sharedAt(dir string) *sharedUse {
	i := slices.IndexFunc(c.shared, func(u *sharedUse) bool { return samePath(u.dir, dir) })
	if i < 0 {
		i = len(c.shared)
		c.shared = append(c.shared, &sharedUse{shared: shared{dir: dir, set: map[string][]string{}}})
	}
	return c.shared[i]
}

// uses records what an output imports from a shared folder.
func (c *checker) uses(j job) error {
	r, err := j.shared()
	if err != nil || r == nil {
		return err
	}
	use := c.sharedAt(r.dir)
	maps.Copy(use.set, r.set)
	switch use.importPath {
	case "":
		use.importPath, use.mend = r.importPath, j.args.command(j.args.spec)
	case r.importPath:
	default:
		return fmt.Errorf("it imports %s as %s, and another output as %s", r.dir, r.importPath, use.importPath)
	}
	return nil
}

// runtime checks a shared folder.
func (c *checker) runtime(u *sharedUse) {
	name := filepath.Join(u.dir, fileset.ManifestName)
	data, _ := os.ReadFile(name) // an unreadable one is drift
	var recorded manifest.Runtime
	_ = recorded.Parse(data)
	u.version = recorded.Version
	if u.importPath == "" {
		if err := u.ask(recorded); err != nil {
			c.cannot("%s: %s", name, err)
			return
		}
	}
	plan, err := u.inspect()
	if err != nil {
		c.cannot("%s: %s", name, err)
		return
	}
	for _, f := range plan.New() {
		c.settle(filepath.Join(u.dir, filepath.FromSlash(f.Name)))
	}
	if drifts := u.relevant(plan.Drift(), recorded); len(drifts) > 0 {
		c.report(u.dir, u.mend, append(otherVersion(u.version), u.notes...), plan, drifts)
	}
}

// ask reads the import path and the command from an output that the manifest names, since no
// checked output has them.
func (u *sharedUse) ask(recorded manifest.Runtime) error {
	for _, user := range slices.Sorted(maps.Keys(recorded.Users)) {
		out, err := manifest.FromHere(u.dir, user)
		if err != nil {
			return err
		}
		args, _, err := readManifest(out)
		if err != nil || args.runtime == "" || !samePath(args.runtime, u.dir) {
			continue
		}
		u.mend = args.command(args.spec)
		u.importPath, err = args.runtimePath()
		return err
	}
	words := []string{"rm", "-r", manifest.Word(filepath.Join(u.dir, fileset.ManifestName))}
	for _, name := range emit.RuntimeNames() {
		folder := filepath.Join(u.dir, name)
		if _, err := os.Stat(folder); err == nil {
			words = append(words, manifest.Word(folder))
		}
	}
	u.mend, u.notes = command(words...), []string{"no output imports these packages any more"}
	return nil
}

// relevant drops the packages that no checked output imports, unless the whole folder is checked.
func (u *sharedUse) relevant(drifts []fileset.Drift, recorded manifest.Runtime) []fileset.Drift {
	if u.whole {
		return drifts
	}
	var names []string
	known := true
	for user, needs := range u.set {
		names = append(names, needs...)
		known = known && slices.Equal(recorded.Users[user], needs)
	}
	drifts = slices.DeleteFunc(drifts, func(d fileset.Drift) bool {
		return d.Name != fileset.ManifestName && !slices.Contains(names, path.Dir(d.Name))
	})
	if len(drifts) == 1 && drifts[0].Name == fileset.ManifestName && known {
		return nil // it is about others
	}
	return drifts
}
