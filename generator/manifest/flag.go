package manifest

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// Flag is one flag of a run. This one entry defines how it is parsed, checked, recorded in a
// manifest, read from there, and written in the command that repeats the run.
type Flag struct {
	Name, Usage string
	// Value points to the value: a *string, *int, *bool or *[]string.
	Value any
	// Check normalises the value, or returns an error. It may depend on the flags before it.
	Check func() error
	// Implied is the default value, if it follows from other flags.
	Implied func() string
	// Always records the value even if it is the default.
	Always bool
	// Repeated is a list that the command line gives by several flags, a word each.
	Repeated bool
	// Unrecorded keeps the flag out of manifests.
	Unrecorded bool

	given   func() bool // whether the value differs from the default
	text    func() string
	each    func() []string // of a repeated flag
	record  func() (any, error)
	restore func(data json.RawMessage) error
}

// Text returns a flag with a word. As for all kinds, the default is what p points to now.
func Text(name, usage string, p *string) Flag { return single(name, usage, p) }

// Number returns a flag with a whole number.
func Number(name, usage string, p *int) Flag { return single(name, usage, p) }

// Switch returns a flag without a value.
func Switch(name, usage string, p *bool) Flag {
	f := single(name, usage, p)
	f.text = nil
	return f
}

func single[T comparable](name, usage string, p *T) Flag {
	def := *p
	return Flag{
		Name: name, Usage: usage, Value: p,
		given:   func() bool { return *p != def },
		text:    func() string { return fmt.Sprint(*p) },
		record:  func() (any, error) { return *p, nil },
		restore: func(data json.RawMessage) error { return json.Unmarshal(data, p) },
	}
}

// List returns a flag with a comma list of words.
func List(name, usage string, p *[]string) Flag {
	def := strings.Join(*p, ",")
	return Flag{
		Name: name, Usage: usage, Value: p,
		given:   func() bool { return strings.Join(*p, ",") != def },
		text:    func() string { return strings.Join(*p, ",") },
		record:  func() (any, error) { return *p, nil },
		restore: func(data json.RawMessage) error { *p = nil; return json.Unmarshal(data, p) },
	}
}

// Paths returns a flag with a path that may be given several times. Each is recorded as Path's is.
func Paths(name, usage string, p *[]string, out *string) Flag {
	f := List(name, usage, p)
	f.Repeated = true
	f.each = func() []string {
		var words []string
		for _, path := range *p {
			words = append(words, Word(path))
		}
		return words
	}
	f.record = func() (any, error) {
		recorded := make([]string, len(*p))
		for i, path := range *p {
			var err error
			if recorded[i], err = Relative(*out, path); err != nil {
				return nil, err
			}
		}
		return recorded, nil
	}
	f.restore = func(data json.RawMessage) error {
		var recorded []string
		if err := json.Unmarshal(data, &recorded); err != nil {
			return err
		}
		*p = nil
		for _, r := range recorded {
			path, err := FromHere(*out, r)
			if err != nil {
				return err
			}
			*p = append(*p, path)
		}
		return nil
	}
	return f
}

// Path returns a flag with a path. On the command line it is seen from the working folder; a
// manifest records it from the folder of the output, so that it holds for every working folder.
// "-", which means standard input, is recorded as it is.
func Path(name, usage string, p, out *string) Flag {
	f := Text(name, usage, p)
	f.text = func() string {
		if *p == Stdin {
			return Stdin
		}
		return Word(*p)
	}
	f.record = func() (any, error) {
		if *p == Stdin {
			return Stdin, nil
		}
		return Relative(*out, *p)
	}
	f.restore = func(data json.RawMessage) error {
		var recorded string
		if err := json.Unmarshal(data, &recorded); err != nil || recorded == Stdin || recorded == "" {
			*p = recorded
			return err
		}
		path, err := FromHere(*out, recorded)
		*p = path
		return err
	}
	return f
}

// Word returns a path as an argument: one that starts with a dash would read as a flag.
func Word(path string) string {
	path = filepath.ToSlash(path)
	if strings.HasPrefix(path, "-") {
		return "./" + path
	}
	return path
}

// member returns the flag's name in a manifest.
func (f Flag) member() string { return strings.ReplaceAll(f.Name, "-", "_") }

// words returns the flag as command-line words, unless it has its default.
func (f Flag) words() []string {
	switch {
	case !f.given(), f.Implied != nil && f.text() == f.Implied():
		return nil
	case f.each != nil:
		var words []string
		for _, word := range f.each() {
			words = append(words, "--"+f.Name, word)
		}
		return words
	case f.text == nil:
		return []string{"--" + f.Name}
	}
	return []string{"--" + f.Name, f.text()}
}

func (f Flag) read(data json.RawMessage) error {
	if err := f.restore(data); err != nil {
		return fmt.Errorf("arguments: %s: %w", f.member(), err)
	}
	return nil
}
