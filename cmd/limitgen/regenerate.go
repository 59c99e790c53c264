package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/manifest"
)

// regenerate writes the outputs of the manifests below some folders and of each folder's settings
// file again. Outputs are written in parallel, and their messages are printed in order.
func (v verb) regenerate(s streams, dirs []string, jobs int, how writing) int {
	how.all = true
	outs, code := v.outputs(s, dirs)
	if len(outs) == 0 {
		return code
	}
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	type printed struct {
		out, err bytes.Buffer
		code     int
	}
	all := make([]printed, len(outs))
	slots := make(chan struct{}, jobs)
	var group sync.WaitGroup
	for i, args := range outs {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			p := &all[i]
			p.code = v.again(streams{in: s.in, out: &p.out, err: &p.err, color: s.color}, args, how)
		})
	}
	group.Wait()
	for i := range all {
		_, _ = all[i].err.WriteTo(s.err)
		_, _ = all[i].out.WriteTo(s.out)
		code = max(code, all[i].code)
	}
	return code
}

// again writes one output anew.
func (v verb) again(s streams, args *arguments, how writing) int {
	j, err := rejob(args)
	if err != nil {
		return v.fail(s, "%s: %s", args.out, err)
	}
	if err := j.read(s); err != nil {
		return v.fail(s, "%s: %s", args.out, err)
	}
	return v.write(s, j, how)
}

// rejob is the job that a manifest or a settings file records.
func rejob(args *arguments) (job, error) {
	j := job{args: args}
	if args.spec == manifest.Stdin {
		return j, errors.New("it was generated from standard input; name the spec: " + args.command("SPEC"))
	}
	return j, j.prepare(false)
}

// read reads the spec and what changes it.
func (j *job) read(s streams) (err error) {
	if j.spec, err = readSpec(j.args.spec, s.in); err != nil {
		return err
	}
	j.overlays, err = readOverlays(j.args.overlays)
	return err
}

// outputs are the arguments of all outputs below some folders: those of their settings files, then
// those of manifests that no settings file speaks for.
func (v verb) outputs(s streams, dirs []string) (outs []*arguments, code int) {
	known := map[string]bool{}
	add := func(args *arguments) {
		if real, err := manifest.RealPath(args.out); err == nil {
			if known[real] {
				return
			}
			known[real] = true
		}
		outs = append(outs, args)
	}
	for _, dir := range dirs {
		listed, err := configured(dir)
		if err != nil {
			code = v.fail(s, "%s", err)
			continue
		}
		for _, args := range listed {
			add(args)
		}
		found, err := fileset.Find(dir)
		if err != nil {
			code = v.fail(s, "%s", err)
			continue
		}
		for _, out := range found.Dirs {
			name := filepath.Join(out, fileset.ManifestName)
			if data, err := os.ReadFile(name); err == nil && manifest.IsRuntime(data) {
				continue // each of its outputs writes it
			}
			args, _, err := readManifest(out)
			var pathErr *fs.PathError
			switch {
			case err == nil:
				add(args)
			case errors.As(err, &pathErr):
				code = v.fail(s, "%s: %s", name, pathErr.Err)
			default:
				code = v.fail(s, "%s: %s; write the folder anew with 'limitgen generate --spec SPEC --out %s'", name, err, quote(manifest.Word(out)))
			}
		}
		if len(listed) == 0 && len(found.Dirs) == 0 {
			code = v.fail(s, "nothing to generate below %s: neither a %s nor outputs in %s; name --spec and --out",
				dir, fileset.ManifestName, filepath.Join(dir, settingsName))
		}
	}
	return outs, code
}

// orHere are folders, or the working folder where there are none.
func orHere(dirs []string) []string {
	if len(dirs) == 0 {
		return []string{"."}
	}
	return dirs
}

// given returns the flags of a command line that affect the output.
func (a *arguments) given(changed func(name string) bool) []string {
	var names []string
	for _, f := range a.flags {
		if changed(f.Name) {
			names = append(names, "--"+f.Name)
		}
	}
	return names
}

// folders refuses arguments that are not folders.
func folders(args []string) error {
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", arg)
		}
	}
	return nil
}
