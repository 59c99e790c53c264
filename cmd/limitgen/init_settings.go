package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// output is an entry of a settings file.
type output struct {
	Spec    string   `yaml:"spec"`
	Overlay []string `yaml:"overlay,omitempty"`
	Out     string   `yaml:"out"`
}

func (b *beginning) output() output {
	o := output{Spec: b.spec, Out: b.out}
	if b.overlay != "" {
		o.Overlay = []string{b.overlay}
	}
	return o
}

// settings returns a settings file with the output. Values are quoted as YAML, since a path may
// hold any character.
func (b *beginning) settings() string {
	data, err := yaml.Marshal(map[string][]output{"outputs": {b.output()}})
	if err != nil {
		panic(err) // texts can be written
	}
	return "# What 'limitgen generate' writes, with its flags under their names.\n" + string(data)
}

// fit chooses an overlay that no output of another spec uses, and refuses a folder that is another
// output's. It reports whether the settings list the output already.
func (b *beginning) fit() (listed bool, err error) {
	outs, err := configured(".")
	if err != nil {
		return false, err
	}
	for _, o := range outs {
		switch same := samePath(o.spec, b.spec); {
		case samePath(o.out, b.out) && same:
			if b.overlay != "" {
				b.overlay = strings.Join(o.overlays[:min(1, len(o.overlays))], "")
			}
			return true, nil
		case samePath(o.out, b.out):
			return false, fmt.Errorf("%s has an output in %s already, of %s; give another --out", settingsName, b.out, o.spec)
		case !same && slices.ContainsFunc(o.overlays, func(name string) bool { return samePath(name, b.overlay) }):
			b.overlay = strings.TrimSuffix(b.spec, path.Ext(b.spec)) + ".limits.yaml"
		}
	}
	return false, nil
}

// addOutput adds the output to a settings file that is there already, as one line, or says what to
// add where its outputs are not a list of lines.
func (b *beginning) addOutput() error {
	old, err := os.ReadFile(settingsName)
	if errors.Is(err, fs.ErrNotExist) {
		return b.add(settingsName, b.settings())
	}
	if err != nil {
		return err
	}
	item, err := flowItem(b.output())
	if err != nil {
		return err
	}
	text, ok := withOutput(old, item)
	if !ok {
		fmt.Fprintf(b.streams.out, "kept    %s, which lacks the output; add to its outputs: %s\n", settingsName, item)
		return nil
	}
	if err := replaceFile(settingsName, text); err != nil {
		return err
	}
	fmt.Fprintf(b.streams.out, "changed %s: %s is added\n", settingsName, item)
	return nil
}

// flowItem writes an entry on one line: - {spec: api.yaml, out: gen/api}.
func flowItem(o output) (string, error) {
	var n yaml.Node
	if err := n.Encode(o); err != nil {
		return "", err
	}
	n.Style = yaml.FlowStyle
	for _, v := range n.Content {
		if v.Kind == yaml.SequenceNode {
			v.Style = yaml.FlowStyle
		}
	}
	text, err := yaml.Dump(&n, yaml.WithLineWidth(-1))
	return "- " + strings.TrimSpace(string(text)), err
}

// withOutput inserts an entry after the last one, or a list of outputs at the end. It fails where
// the result would not be the same settings with one more output.
func withOutput(old []byte, item string) (text []byte, ok bool) {
	var root yaml.Node
	if err := yaml.Unmarshal(old, &root); err != nil {
		return nil, false
	}
	lines := strings.SplitAfter(strings.TrimRight(string(old), "\n")+"\n", "\n")
	at, indent := len(lines)-1, "  "
	before := 0
	if len(root.Content) > 0 {
		if list := memberOf(root.Content[0], "outputs"); list != nil {
			if list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0 || len(list.Content) == 0 {
				return nil, false
			}
			before = len(list.Content)
			at, indent = lastLine(list), strings.Repeat(" ", list.Column-1)
		}
	}
	added := indent + item + "\n"
	if before == 0 {
		added = "outputs:\n" + added
	}
	text = []byte(strings.Join(slices.Insert(lines, min(at, len(lines)), added), ""))
	var again yaml.Node
	if err := yaml.Unmarshal(text, &again); err != nil || len(again.Content) == 0 {
		return nil, false
	}
	list := memberOf(again.Content[0], "outputs")
	if list == nil || len(list.Content) != before+1 {
		return nil, false
	}
	list.Content = list.Content[:before]
	return text, sameSettings(root, again)
}

// sameSettings compares what files say, without an output that was added.
func sameSettings(a, b yaml.Node) bool {
	plain := func(n yaml.Node) []byte {
		values := make(map[string]any)
		if n.Decode(&values) != nil {
			return nil
		}
		if list, ok := values["outputs"].([]any); ok && len(list) == 0 {
			delete(values, "outputs")
		}
		text, _ := yaml.Marshal(values)
		return text
	}
	return bytes.Equal(plain(a), plain(b))
}

// lastLine returns the line on which a node ends.
func lastLine(n *yaml.Node) int {
	line := n.Line + strings.Count(n.Value, "\n")
	for _, c := range n.Content {
		line = max(line, lastLine(c))
	}
	return line
}
