package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Plan is the difference between a folder and the result of a run. Write carries it out; Drift
// reports it. Both use the same steps, so a run does not change a folder without drift.
type Plan struct {
	dir    string
	want   Want
	also   []string // folders that are covered even if no file in them is listed or wanted
	steps  []step   // by name, the manifest last
	record Record
	// unfinished are the hashes of files that an interrupted run meant to write.
	unfinished map[string]bool
	// rename is replaced by tests that need it to fail.
	rename func(root *os.Root, from, to string) error
}

// Want returns the wanted content of a folder, given its current manifest, which is nil if there is
// none. Without a Record the folder must be empty, even of a manifest. It is called again when the
// plan gets its turn to write, since another run may have changed the result.
type Want func(manifest []byte) ([]File, Record, error)

// Inspect plans to leave files, and the manifest that r renders of them, in dir, as the only files
// of ours there. It reads and never writes. dir need not exist.
func Inspect(dir string, files []File, r Record) (*Plan, error) {
	return InspectShared(dir, func([]byte) ([]File, Record, error) { return files, r, nil })
}

// InspectShared plans for a folder that several outputs share, whose content depends on its
// manifest. folders are those below dir that may ever have files: leftovers of a killed run are
// found there even if no manifest lists them.
func InspectShared(dir string, want Want, folders ...string) (*Plan, error) {
	p := &Plan{dir: dir, want: want, also: folders, rename: (*os.Root).Rename}
	unlock, err := lock(dir, false)
	if err == nil {
		defer unlock()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return p, p.look()
}

// look fills in the steps from the folder as it is now. The caller holds its lock.
func (p *Plan) look() error {
	p.steps, p.unfinished = nil, map[string]bool{}
	root, err := os.OpenRoot(p.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		want, err := p.wanted(nil)
		if err != nil {
			return err
		}
		for name, data := range want {
			p.steps = append(p.steps, step{name: name, want: data})
		}
	case err != nil:
		return err
	default:
		defer root.Close()
		if err := p.compare(root); err != nil {
			return err
		}
	}
	slices.SortFunc(p.steps, func(a, b step) int {
		if last := (a.name == ManifestName); last != (b.name == ManifestName) {
			if last {
				return 1
			}
			return -1
		}
		return strings.Compare(a.name, b.name)
	})
	return nil
}

// wanted returns the wanted content of the folder, by name, including the manifest.
func (p *Plan) wanted(manifest []byte) (map[string][]byte, error) {
	files, record, err := p.want(manifest)
	if err != nil {
		return nil, err
	}
	p.record = record
	want := map[string][]byte{}
	if record == nil {
		return want, nil
	}
	if files, err = sorted(files); err != nil {
		return nil, err
	}
	for _, f := range files {
		want[f.Name] = append([]byte{}, f.Data...)
	}
	want[ManifestName], err = encode(record, files)
	return want, err
}

// compare fills in the steps for a folder that exists: what is wanted, what was listed, whatever
// else carries our header in the folders of these, and the temporary files of a run that was
// killed.
func (p *Plan) compare(root *os.Root) error {
	var manifest []byte
	if info, err := root.Lstat(ManifestName); err == nil && info.Mode().IsRegular() {
		if manifest, err = root.ReadFile(ManifestName); err != nil {
			return err
		}
	}
	want, err := p.wanted(manifest)
	if err != nil {
		return err
	}
	old := listed(manifest) // nothing if it cannot be read, which its own step reports
	names := map[string]bool{}
	for name := range want {
		names[name] = true
	}
	for name := range old {
		// An edited manifest may list anything; a name that limitgen would not write is not one of
		// ours.
		if validName(name) == nil && !strings.EqualFold(name, ManifestName) {
			names[name] = true
		}
	}
	if manifest != nil {
		names[ManifestName] = true
	}
	folders := covered(root, names, p.also)
	for _, folder := range folders {
		ours, err := withHeader(root, folder)
		if err != nil {
			return err
		}
		for _, name := range ours {
			names[name] = true
		}
	}
	for _, name := range temporaries(root, folders) {
		names[name] = true
		p.intended(root, name)
	}
	for name := range names {
		s := step{name: name, want: want[name], recorded: old[name]}
		if err := s.look(root, p.unfinished); err != nil {
			return fmt.Errorf("%s: %w", p.path(name), err)
		}
		if s.had != nil || s.want != nil || s.refusal != "" {
			p.steps = append(p.steps, s)
		}
	}
	return nil
}

// covered returns the folders that a manifest speaks for: its own, and those of files that it lists
// or that are wanted, except where another manifest is.
func covered(root *os.Root, names map[string]bool, also []string) []string {
	folders, candidates := []string{"."}, slices.Clone(also)
	for name := range names {
		candidates = append(candidates, path.Dir(name))
	}
	for _, folder := range candidates {
		if slices.Contains(folders, folder) {
			continue
		}
		if _, err := root.Lstat(path.Join(folder, ManifestName)); errors.Is(err, fs.ErrNotExist) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// withHeader returns the files in a folder that carry our header. A folder that is not there has
// none.
func withHeader(root *os.Root, folder string) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), folder)
	if err != nil {
		if folder == "." {
			return nil, err
		}
		return nil, nil // one that cannot be read fails where its files are looked at
	}
	var names []string
	for _, e := range entries {
		if name := path.Join(folder, e.Name()); e.Type().IsRegular() && fileHasHeader(root, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// Refused returns an error for every file that a run would have to change but may not.
func (p *Plan) Refused() []error {
	var errs []error
	for _, s := range p.steps {
		if s.refusal != "" {
			errs = append(errs, fmt.Errorf("%s %s; move it away and run again", p.path(s.name), s.refusal))
		}
	}
	return errs
}

// Old returns our files as they are in the folder, without the manifest.
func (p *Plan) Old() []File {
	return p.files(func(s step) []byte {
		if isTemporary(s.name) {
			return nil
		}
		return s.had
	})
}

// New returns the files as a run would leave them, without the manifest.
func (p *Plan) New() []File {
	return p.files(func(s step) []byte { return s.want })
}

func (p *Plan) files(data func(step) []byte) []File {
	var files []File
	for _, s := range p.steps {
		if d := data(s); d != nil && s.name != ManifestName {
			files = append(files, File{s.name, d})
		}
	}
	return files
}

func (p *Plan) path(name string) string {
	return filepath.Join(p.dir, filepath.FromSlash(name))
}
