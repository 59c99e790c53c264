package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/lint"
	"github.com/limitgen/limitgen/generator/manifest"
)

const settingsName = lint.SettingsFile

// configured returns the outputs listed in a folder's settings file, each with generate's flags by
// name:
//
//	outputs:
//	  - {spec: api.yaml, out: gen/api, emit: [client, limits]}
//
// Paths are relative to the folder of the file.
func configured(dir string) ([]*arguments, error) {
	name := filepath.Join(dir, settingsName)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, diags := lint.ParseSettings(name, data); diags.HasErrors() {
		d := diags.Sorted()[0]
		return nil, fmt.Errorf("%s: %s", d.Pos, d.Message)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil || len(root.Content) == 0 {
		return nil, err
	}
	list := memberOf(root.Content[0], "outputs")
	if list == nil {
		return nil, nil
	}
	if list.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%s: outputs must be a list of mappings", diag.At(name, list))
	}
	var outs []*arguments
	for _, item := range list.Content {
		args, err := readOutput(name, item)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(outs, func(o *arguments) bool { return samePath(o.out, args.out) }) {
			return nil, fmt.Errorf("%s: another output has the folder %s, too", diag.At(name, item), args.out)
		}
		outs = append(outs, args)
	}
	return outs, nil
}

func memberOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// readOutput reads one entry of outputs.
func readOutput(file string, item *yaml.Node) (*arguments, error) {
	a := newArguments()
	a.at = diag.At(file, item)
	if item.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: an output is a mapping with spec, out and other flags of generate", diag.At(file, item))
	}
	var names []string
	for _, f := range a.flags {
		names = append(names, f.Name)
	}
	for i := 0; i+1 < len(item.Content); i += 2 {
		k, v := item.Content[i], item.Content[i+1]
		at := slices.Index(names, k.Value)
		if at < 0 {
			return nil, fmt.Errorf("%s: generate has no flag %q%s", diag.At(file, k), k.Value, hint(k.Value, "", names))
		}
		if err := setFlag(a.flags[at], v, filepath.Dir(file)); err != nil {
			return nil, fmt.Errorf("%s: %s %w", diag.At(file, v), k.Value, err)
		}
	}
	if a.spec == "" || a.out == "" {
		return nil, fmt.Errorf("%s: an output needs spec and out", diag.At(file, item))
	}
	return a, nil
}

// paths lists the flags whose values are relative to the folder of the settings file.
var paths = []string{"spec", "out", "overlay", "runtime"}

// setFlag sets a flag to the value of a node.
func setFlag(f manifest.Flag, n *yaml.Node, dir string) error {
	path := func(text string) string {
		if slices.Contains(paths, f.Name) && text != manifest.Stdin && !filepath.IsAbs(text) {
			return filepath.Join(dir, filepath.FromSlash(text))
		}
		return text
	}
	scalar := n.Kind == yaml.ScalarNode
	switch p := f.Value.(type) {
	case *string:
		if !scalar {
			return errors.New("must be a text")
		}
		*p = path(n.Value)
	case *int:
		number, err := strconv.Atoi(n.Value)
		if err != nil || !scalar {
			return errors.New("must be a number")
		}
		*p = number
	case *bool:
		if !scalar || n.Tag != "!!bool" {
			return errors.New("must be true or false")
		}
		*p = strings.EqualFold(n.Value, "true")
	case *[]string:
		list := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			list = n.Content
		}
		*p = nil
		for _, one := range list {
			if one.Kind != yaml.ScalarNode {
				return errors.New("must be a list of texts")
			}
			*p = append(*p, path(one.Value))
		}
	}
	return nil
}

// lists reports whether a folder's settings file lists outputs.
func lists(dir string) bool {
	outs, err := configured(dir)
	return err == nil && len(outs) > 0
}

// configured reports outputs listed in a settings file that were not generated, or with other
// flags.
func (c *checker) configured(dir string) {
	outs, err := configured(dir)
	if err != nil {
		c.cannot("%s", err)
		return
	}
	for _, want := range outs {
		if err := want.flags.Check(); err != nil {
			c.cannot("%s: %s", want.at, err)
			continue
		}
		have, _, err := readManifest(want.out)
		mend := command("limitgen", "generate")
		if dir != "." {
			mend = command("limitgen", "generate", manifest.Word(dir))
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.drift(want.out, "not generated yet, though %s lists it; run: %s", want.at, mend)
		case err == nil && !slices.Equal(have.flags.Words(), want.flags.Words()):
			c.drift(want.out, "generated otherwise than %s says; run: %s", want.at, mend)
		}
	}
}
