package fileset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Plan is the difference between a folder and what a run would leave there. Write carries it out;
// Drift reports it. Both look at the same steps, so a folder without drift is one that a run leaves
// alone.
type Plan struct {
	dir   string
	want  map[string][]byte
	steps []step // by name, the manifest last
	// unfinished are the hashes of files that an interrupted run meant to write.
	unfinished map[string]bool
	record     Record
	// rename is replaced by tests that need it to fail.
	rename func(root *os.Root, from, to string) error
}

// step is what becomes of one file. want is nil when it goes; had is nil when it is not there.
type step struct {
	name      string
	had, want []byte
	mode      fs.FileMode
	recorded  string // hash in the old manifest, "" when it is not listed
	refusal   string // why the file is not ours to touch
}

func (s step) changes() bool {
	return s.refusal != "" || (s.had == nil) != (s.want == nil) || !bytes.Equal(s.had, s.want)
}

// Inspect plans to leave files, and the manifest that r renders of them, in dir, as the only files
// of ours there. It reads and never writes. dir need not exist.
func Inspect(dir string, files []File, r Record) (*Plan, error) {
	files, err := sorted(files)
	if err != nil {
		return nil, err
	}
	manifest, err := encode(r, files)
	if err != nil {
		return nil, err
	}
	p := &Plan{dir: dir, record: r, want: map[string][]byte{ManifestName: manifest}, rename: (*os.Root).Rename}
	for _, f := range files {
		p.want[f.Name] = append([]byte{}, f.Data...)
	}
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
		for name, data := range p.want {
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

// compare fills in the steps for a folder that exists: what is wanted, what was listed, whatever
// else carries our header, and the temporary files of a run that was killed.
func (p *Plan) compare(root *os.Root) error {
	var old map[string]string
	if info, err := root.Lstat(ManifestName); err == nil && info.Mode().IsRegular() {
		data, err := root.ReadFile(ManifestName)
		if err != nil {
			return err
		}
		old = listed(data) // nothing when it cannot be read, which its own step says
	}
	names := map[string]bool{}
	for name := range p.want {
		names[name] = true
	}
	for name := range old {
		// An edited manifest may list anything; a name that we would not write is none of ours.
		if validName(name) == nil && !strings.EqualFold(name, ManifestName) {
			names[name] = true
		}
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && !names[e.Name()] && fileHasHeader(root, e.Name()) {
			names[e.Name()] = true
		}
	}
	for _, name := range temporaries(root, names) {
		names[name] = true
		p.intended(root, name)
	}
	for name := range names {
		s := step{name: name, want: p.want[name], recorded: old[name]}
		if err := s.look(root, p.unfinished); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(p.dir, filepath.FromSlash(name)), err)
		}
		if s.had != nil || s.want != nil || s.refusal != "" {
			p.steps = append(p.steps, s)
		}
	}
	return nil
}

// look reads what stands at the step's name and decides whether that is ours.
func (s *step) look(root *os.Root, unfinished map[string]bool) error {
	for parent := path.Dir(s.name); parent != "."; parent = path.Dir(parent) {
		info, err := root.Lstat(parent)
		if err == nil && !info.IsDir() {
			if s.want != nil {
				s.refusal = parent + " is not a folder"
			}
			return nil
		}
	}
	info, err := root.Lstat(s.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		s.refusal = "is a symbolic link"
		return nil
	case info.IsDir():
		s.refusal = "is a folder"
		return nil
	case !info.Mode().IsRegular():
		s.refusal = "is not a regular file"
		return nil
	}
	data, err := root.ReadFile(s.name)
	if err != nil {
		return err
	}
	s.had, s.mode = append([]byte{}, data...), info.Mode().Perm()
	sum := hash(unixLines(data)) // a checkout may have turned LF into CRLF
	switch {
	case s.name == ManifestName:
		if !ownManifest(data) {
			s.refusal = "was not written by limitgen"
		}
	case HasHeader(data), s.want != nil && bytes.Equal(data, s.want), isTemporary(s.name):
	case s.recorded == hash(data), s.recorded == sum, unfinished[sum]:
	case s.recorded != "":
		s.refusal = "was changed by hand and has no header that says it is generated"
	default:
		s.refusal = "was not written by limitgen"
	}
	return nil
}

// Refused says of every file that a run would have to touch but may not, why.
func (p *Plan) Refused() []error {
	var errs []error
	for _, s := range p.steps {
		if s.refusal != "" {
			errs = append(errs, fmt.Errorf("%s %s; move it away and run again", p.path(s.name), s.refusal))
		}
	}
	return errs
}

// Old is our files as they stand in the folder, the manifest left out.
func (p *Plan) Old() []File {
	return p.files(func(s step) []byte {
		if isTemporary(s.name) {
			return nil
		}
		return s.had
	})
}

// New is the files as a run would leave them, the manifest left out.
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
