package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/fileset"
)

// verify runs the installed validators on configuration before it is written, in a temporary
// folder, so that an invalid file never replaces a valid one.
func (v verb) verify(s streams, asked []string, files []fileset.File) (ok bool) {
	dir, err := os.MkdirTemp("", "limitgen-verify-")
	if err != nil {
		v.fail(s, "--verify: %s", err)
		return false
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err = os.MkdirAll(filepath.Dir(name), 0o755); err == nil {
			err = os.WriteFile(name, f.Data, 0o644)
		}
		if err != nil {
			v.fail(s, "--verify: %s", err)
			return false
		}
	}
	ok = true
	for _, t := range emit.Targets() {
		if t.Check == nil || !slices.Contains(asked, t.Name) {
			continue
		}
		if err := validate(t, filepath.Join(dir, emit.ConfigDir, t.Name)); errors.Is(err, exec.ErrNotFound) {
			fmt.Fprintf(s.err, "limitgen %s: %s was not verified: %s is not installed\n", v.name, t.Name, t.Check.Program)
		} else if err != nil {
			v.fail(s, "%s does not accept what would be written for %s: %s", t.Check.Program, t.Name, err)
			ok = false
		}
	}
	return ok
}

// validate runs one target's validator over its files in dir.
func validate(t *config.Target, dir string) error {
	program, err := exec.LookPath(t.Check.Program)
	if err != nil {
		// Debian installs servers outside the PATH of ordinary users.
		if program, err = exec.LookPath(filepath.Join("/usr/sbin", t.Check.Program)); err != nil {
			return exec.ErrNotFound
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, t.Check.Args(dir)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, strings.TrimSpace(strings.ReplaceAll(string(out), dir+string(filepath.Separator), "")))
	}
	return nil
}
