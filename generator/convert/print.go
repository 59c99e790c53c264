package convert

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// overlay prints the result in the order of the spec.
func (c *converter) overlay() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Converted by limitgen from %s.\n", strings.Join(c.tools, ", "))
	c.table(&b)
	c.paths(&b)
	return []byte(b.String())
}

func (c *converter) table(b *strings.Builder) {
	b.WriteString("x-rate-limits:\n  version: 1\n")
	if len(c.keys) > 0 {
		b.WriteString("  keys:\n")
		for _, k := range c.keys {
			fmt.Fprintf(b, "    %s: [%s]\n", k[0], k[1])
		}
	}
	b.WriteString("  limits:\n")
	for _, f := range c.limits {
		fmt.Fprintf(b, "    %s: %s\n", f.name, f)
	}
	for _, name := range c.open {
		if !c.taken[name] {
			fmt.Fprintf(b, "    # %s: {quota: N, window: 1m, per: [identity]} # fill in\n", name)
		}
	}
	if len(c.all) > 0 {
		fmt.Fprintf(b, "  default: {%s}\n", charges(c.all))
	}
	if len(c.says) > 0 {
		fmt.Fprintf(b, "  exceeded: [%s]\n", strings.Join(c.says, ", "))
	}
	if len(c.labels) > 0 {
		b.WriteString("  labels:\n")
		for _, from := range c.labels {
			fmt.Fprintf(b, "    - from: %s\n", from)
		}
	}
}

func (f *figure) String() string {
	text := fmt.Sprintf("{quota: %d", f.quota)
	if f.window == "" {
		text += ", unit: concurrent-requests"
	} else {
		text += ", window: " + f.window
	}
	if f.burst > 0 {
		text += fmt.Sprintf(", burst: %d", f.burst)
	}
	if f.utc {
		text += ", reset: utc"
	}
	return text + ", per: [" + strings.Join(f.per, ", ") + "]}"
}

func charges(list []charge) string {
	var parts []string
	seen := make(map[string]bool)
	for _, u := range list {
		if !seen[u.limit] {
			seen[u.limit] = true
			parts = append(parts, u.limit+": "+u.cost)
		}
	}
	return strings.Join(parts, ", ")
}

func (c *converter) paths(b *strings.Builder) {
	if len(c.rules) == 0 {
		return
	}
	b.WriteString("paths:\n")
	path := ""
	for _, s := range c.ordered() {
		if s.path != path {
			path = s.path
			fmt.Fprintf(b, "  %s:\n", quoted(path))
		}
		all := c.inherited(s)
		value := "{use: {" + charges(all) + "}}"
		if len(all) == 1 && all[0].cost == "1" {
			value = all[0].limit
		}
		if s.method == "" {
			fmt.Fprintf(b, "    x-rate-limit: %s\n", value)
		} else {
			fmt.Fprintf(b, "    %s: {x-rate-limit: %s}\n", s.method, value)
		}
	}
}

// ordered returns the sites in the order of the spec.
func (c *converter) ordered() []*used {
	var out []*used
	for _, path := range c.doc.Paths() {
		for _, method := range append([]string{""}, methods...) {
			if r := c.at(site{path, method}); r != nil {
				out = append(out, r)
			}
		}
	}
	return out
}

var plainPath = regexp.MustCompile(`^/[A-Za-z0-9_./{}~@$+*()=&;!-]*$`)

// quoted returns a path as a YAML key.
func quoted(path string) string {
	if plainPath.MatchString(path) {
		return path
	}
	data, _ := json.Marshal(path) // cannot fail for a string
	return string(data)
}
