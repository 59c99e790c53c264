package fileset

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
)

// step is what becomes of one file. want is nil if it goes; had is nil if it is not there.
type step struct {
	name      string
	had, want []byte
	mode      fs.FileMode
	recorded  string // hash in the old manifest, "" if it is not listed
	refusal   string // why the file is not ours to touch
}

func (s step) changes() bool {
	return s.refusal != "" || (s.had == nil) != (s.want == nil) || !bytes.Equal(s.had, s.want)
}

// look reads the file of the step and decides whether it is ours.
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
