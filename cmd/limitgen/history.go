package main

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
)

// history is a range of a repository's commits, and a spec in it.
type history struct {
	from, to string // from is "" for all
	path     string
	overlays []string
	parts    []string // other files that the spec refers to at the end of the range
	top      string   // the repository's folder; paths are relative to it once opened
}

// parseRange reads A..B:PATH.
func parseRange(text string) (*history, bool) {
	refs, path, ok := strings.Cut(text, ":")
	from, to, dots := strings.Cut(refs, "..")
	if !ok || !dots || path == "" || strings.HasPrefix(from, "-") || strings.HasPrefix(to, "-") || strings.HasPrefix(to, ".") {
		return nil, false
	}
	if to == "" {
		to = "HEAD"
	}
	return &history{from: from, to: to, path: path}, true
}

// open finds the repository, and makes paths relative to its top.
func (h *history) open() error {
	top, err := git("rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	prefix, err := git("rev-parse", "--show-prefix")
	if err != nil {
		return err
	}
	h.top = strings.TrimSuffix(string(top), "\n")
	fromTop := func(name string) string {
		return path.Join(strings.TrimSuffix(string(prefix), "\n"), filepath.ToSlash(name))
	}
	h.path = fromTop(h.path)
	for i := range h.overlays {
		h.overlays[i] = fromTop(h.overlays[i])
	}
	return nil
}

func (h *history) git(args ...string) ([]byte, error) { return gitIn(h.top, args...) }

// reader reads other files of a spec at a commit. Their names begin as the spec's does.
func (h *history) reader(commit, prefix string) source.Reader {
	return func(name string) ([]byte, error) {
		return h.git("show", "--end-of-options", commit+":"+strings.TrimPrefix(name, prefix))
	}
}

// findParts finds the other files of the spec. What is wrong with it is told where it is compared.
func (h *history) findParts() {
	data, err := h.git("show", "--end-of-options", h.to+":"+h.path)
	if err != nil {
		return
	}
	if doc, _ := source.Load(h.path, data, h.reader(h.to, "")); doc != nil {
		for _, f := range doc.Parts {
			h.parts = append(h.parts, f.Name)
		}
	}
}

// commit is a commit that changed the spec or an overlay.
type commit struct {
	hash, short, date, subject string
	path                       string // of the spec at that commit
}

// log lists the commits that changed the files, newest first, and the former path of the spec. It
// follows first parents: a merge is one change. A renamed spec is followed only without overlays,
// since git can follow only one file.
func (h *history) log() (commits []commit, before string, err error) {
	which := h.to
	if h.from != "" {
		which = h.from + ".." + h.to
	}
	args := []string{"log", "--first-parent", "--diff-merges=first-parent", "--name-status", "-z", "--format=%x01%H%x00%h%x00%cs%x00%s"}
	if len(h.overlays) == 0 && len(h.parts) == 0 {
		args = append(args, "--follow")
	}
	out, err := h.git(append(append(args, "--end-of-options", which, "--", h.path), append(h.parts, h.overlays...)...)...)
	if err != nil {
		return nil, "", err
	}
	before = h.path
	for _, entry := range strings.Split(string(out), "\x01")[1:] {
		fields := strings.Split(entry, "\x00")
		if len(fields) < 4 {
			return nil, "", fmt.Errorf("git log: %q is not understood", entry)
		}
		commits = append(commits, commit{fields[0], fields[1], fields[2], fields[3], before})
		before = formerPath(fields[4:], before)
	}
	return commits, before, nil
}

// formerPath returns the name of a path before a commit with these changes.
func formerPath(changed []string, path string) string {
	for i, field := range changed {
		if strings.HasPrefix(strings.TrimSpace(field), "R") && i+2 < len(changed) && changed[i+2] == path {
			return changed[i+1]
		}
	}
	return path
}

// errAbsent says that a commit lacks the spec.
var errAbsent = errors.New("the spec is not there")

// model reads the spec as it was at a commit.
func (h *history) model(c commit, f *sides) (*model.API, error) {
	data, err := h.git("show", "--end-of-options", c.hash+":"+c.path)
	if err != nil {
		return nil, errors.Join(errAbsent, err)
	}
	v := version{spec: spec{name: c.short + ":" + c.path, source: path.Base(c.path), data: data}}
	v.read = h.reader(c.hash, c.short+":")
	for _, o := range h.overlays {
		data, err := h.git("show", "--end-of-options", c.hash+":"+o)
		if err != nil {
			continue // a file that does not exist yet changes nothing
		}
		v.overlays = append(v.overlays, source.File{Name: c.short + ":" + o, Data: data})
	}
	models, found, err := f.load(v)
	if err != nil {
		return nil, errors.New(found[0].String())
	}
	return models[0], nil
}

// releases returns the changes of each commit of a range, newest first.
func (v verb) releases(s streams, h *history, f *sides) ([]compat.Release, error) {
	h.overlays = append(h.overlays, f.overlay...)
	if err := h.open(); err != nil {
		return nil, err
	}
	h.findParts()
	commits, before, err := h.log()
	if err != nil {
		return nil, err
	}
	var notes []compat.Release
	var next *model.API
	var of commit // the commit of next
	for _, c := range commits {
		api, err := h.model(c, f)
		if err != nil {
			fmt.Fprintf(s.err, "limitgen %s: %s cannot be read: %s; its changes are listed with the next version\n", v.name, c.short, err)
			continue
		}
		if next != nil {
			notes = withRelease(notes, of, c.short, api, next)
		}
		next, of = api, c
	}
	if len(commits) == 0 {
		if _, err := h.git("cat-file", "-e", h.to+":"+h.path); err != nil {
			return nil, fmt.Errorf("no commit up to %s has %s", h.to, h.path)
		}
	}
	if next == nil {
		return nil, nil
	}
	if h.from != "" {
		old, err := h.model(commit{hash: h.from, short: h.from, path: before}, f)
		if err == nil {
			return withRelease(notes, of, h.from, old, next), nil
		}
		if !errors.Is(err, errAbsent) {
			return nil, fmt.Errorf("%s cannot be read: %w", h.from, err)
		}
	}
	return append(notes, compat.Release{To: of.short, Date: of.date, Title: of.subject, First: compat.Census(next)}), nil
}

// withRelease adds a commit with changes. Announced limits are compared as of the commit's day.
func withRelease(notes []compat.Release, c commit, from string, old, next *model.API) []compat.Release {
	if day, ok := limit.ParseDay(c.date); ok {
		old.SetDay(day)
		next.SetDay(day)
	}
	found := compat.Specs(old, next)
	if len(found) == 0 {
		return notes
	}
	return append(notes, compat.Release{From: from, To: c.short, Date: c.date, Title: c.subject, Changes: found})
}
