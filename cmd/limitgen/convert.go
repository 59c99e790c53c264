package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/convert"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/source"
)

var convertVerb = verb{
	name:    "convert",
	args:    "FILE|- [FLAGS]",
	summary: "write other tools' rate limits in a spec as x-rate-limits",
	long: `Write the rate limits that other tools keep in an OpenAPI file as an overlay for
'limitgen generate --overlay', on standard output, or with --in-place into the file itself.

It reads what Google Cloud Endpoints, Kuadrant, Kong, Huawei and Yandex Cloud, Tyk, Kusk,
ATC, WSO2, Redocly, Speakeasy, Klaviyo, KuCoin, HubSpot, Pinterest and Ory write there. What
has no equivalent, or has its figures elsewhere, is a warning at its line.`,
	examples: []string{
		"limitgen convert api.yaml >limits.yaml",
		"limitgen convert api.yaml --in-place",
		"limitgen lint api.yaml --overlay limits.yaml",
	},
	codes:  "0 everything converted, 1 something is not or the spec has errors, 2 could not do it.",
	files:  specFiles,
	define: defineConvert,
}

func defineConvert(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	inPlace := fs.Bool("in-place", false, "add the limits to the file itself, where only lines are added")
	return func(s streams, args []string) int {
		if len(args) != 1 {
			return v.misuse(s, "it takes one file, not %d", len(args))
		}
		if *inPlace && args[0] == manifest.Stdin {
			return v.misuse(s, "--in-place needs a file")
		}
		sp, err := readSpec(args[0], s.in)
		if err != nil {
			return v.fail(s, "%s", err)
		}
		doc, diags := source.Load(sp.name, sp.data, partsOf(sp.name, nil))
		if diags.HasErrors() {
			_ = s.style(s.err).Text(s.err, diags.Sorted())
			return exitFound
		}
		result, diags := convert.Convert(doc)
		text := result.Overlay
		if *inPlace && text != nil {
			var more diag.List
			text, more = convert.InPlace(doc, sp.data, result.Overlay)
			diags = append(diags, more...)
		}
		_ = s.style(s.err).Text(s.err, diags.Sorted())
		switch {
		case result.Overlay == nil && len(diags) == 0:
			return v.fail(s, "%s has no rate limits of other tools", sp.name)
		case diags.HasErrors() || text == nil:
			return exitFound
		case !*inPlace:
			_, err = s.out.Write(text)
		case !sameLimits(sp, text, result.Overlay):
			return v.fail(s, "%s stays as it is: with the limits in it, it would not say what the overlay does, which is a bug of limitgen; convert into an overlay", sp.name)
		default:
			err = replaceFile(args[0], text)
		}
		if err != nil {
			return v.fail(s, "%s", err)
		}
		if len(diags) > 0 {
			return exitFound
		}
		return exitOK
	}
}

// sameLimits reports whether a spec that was changed has the limits that it has under an overlay.
func sameLimits(sp spec, changed, overlay []byte) bool {
	limits := func(o generator.Options) string {
		o.Spec, o.Read = sp.name, partsOf(sp.name, nil)
		all, _ := generator.Effective(context.Background(), o)
		for i := range all {
			all[i].Origin = nil
		}
		text, err := json.Marshal(all)
		return fmt.Sprint(string(text), err)
	}
	return limits(generator.Options{Data: changed}) ==
		limits(generator.Options{Data: sp.data, Overlay: []source.File{{Name: "overlay", Data: overlay}}})
}

// replaceFile writes a file anew, all of it or nothing.
func replaceFile(name string, text []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), ".limitgen-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(info.Mode().Perm()), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}
