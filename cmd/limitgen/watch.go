package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// everyLook is the interval at which watched files are read. Editors replace files in many ways, so
// comparing contents is more reliable than notifications.
const everyLook = 300 * time.Millisecond

// watcher generates again when a spec, an overlay or a settings file is saved.
type watcher struct {
	verb
	streams
	how  writing
	list func() ([]*arguments, int) // the outputs to generate
	dirs []string                   // folders of the settings files

	outs     []*arguments
	settings [][]byte
	seen     map[*arguments][][]byte
	models   map[*arguments]*model.API // of the last spec without errors
}

// watch generates until the program is interrupted.
func (v verb) watch(s streams, dirs []string, list func() ([]*arguments, int), how writing) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	w := &watcher{verb: v, streams: s, how: how, list: list, dirs: dirs}
	if code := w.begin(); code != exitOK {
		return code
	}
	tick := time.NewTicker(everyLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return exitOK
		case <-tick.C:
			w.look()
		}
	}
}

// begin generates everything once. Errors in a spec do not end the watch: its author corrects them
// meanwhile.
func (w *watcher) begin() int {
	var code int
	if w.outs, code = w.list(); code != exitOK {
		return code
	}
	w.settings = readAll(w.settingsFiles())
	w.seen, w.models = map[*arguments][][]byte{}, map[*arguments]*model.API{}
	for _, args := range w.outs {
		w.seen[args] = readAll(args.inputs())
		w.models[args] = w.model(args)
		code = max(code, w.again(w.streams, args, w.how))
	}
	if code == exitFailed {
		return code
	}
	fmt.Fprintf(w.streams.err, "limitgen %s: watching %s; Ctrl-C ends\n", w.name, limit.Count(int64(len(w.outs)), "outputs"))
	return exitOK
}

// look regenerates the outputs that depend on a changed file.
func (w *watcher) look() {
	if now := readAll(w.settingsFiles()); !equal(now, w.settings) {
		fmt.Fprintf(w.out, "%s has changed\n", settingsName)
		before := *w
		if w.begin() != exitOK {
			*w = before // until it is corrected
			w.settings = now
		}
		return
	}
	for _, args := range w.outs {
		now := readAll(args.inputs())
		if equal(now, w.seen[args]) {
			continue
		}
		w.seen[args] = now
		w.changed(args)
		if w.again(w.streams, args, w.how) == exitOK {
			fmt.Fprintf(w.out, "wrote %s\n", args.out)
		}
	}
}

// changed prints what an edit of the spec changed.
func (w *watcher) changed(args *arguments) {
	now := w.model(args)
	if now == nil {
		return // its errors are reported on generation
	}
	before := w.models[args]
	w.models[args] = now
	if before != nil {
		_ = compat.Text(w.out, w.style(w.out), compat.Specs(before, now))
	}
}

// model reads the spec; it returns nil if the spec has errors.
func (w *watcher) model(args *arguments) *model.API {
	j := job{args: args}
	if err := j.read(w.streams); err != nil {
		return nil
	}
	api, diags := generator.Model(context.Background(), j.options())
	if diags.HasErrors() {
		return nil
	}
	return api
}

// inputs returns the files that an output is made from.
func (a *arguments) inputs() []string { return append([]string{a.spec}, a.overlays...) }

func (w *watcher) settingsFiles() []string {
	var names []string
	for _, dir := range w.dirs {
		names = append(names, filepath.Join(dir, settingsName))
	}
	return names
}

// readAll reads files; the content of an unreadable one is nil.
func readAll(names []string) [][]byte {
	out := make([][]byte, len(names))
	for i, name := range names {
		out[i], _ = os.ReadFile(name)
	}
	return out
}

func equal(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }
