package source

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const acted = `openapi: 3.1.0
info: {title: T, version: "1"}
servers: [{url: https://a.example}]
paths:
  /a:
    get: {tags: [read], operationId: getA, responses: {"200": {description: ok}}}
    post: {operationId: postA, responses: {"200": {description: ok}}}
  /b:
    get: {tags: [read], responses: {"200": {description: ok}}}
    delete: {deprecated: true, responses: {"200": {description: ok}}}
`

// actions makes an overlay.
func actions(version, list string) string {
	return "overlay: " + version + "\ninfo: {title: O, version: 1.0.0}\nactions:\n" + list
}

// TestActions holds what each action makes of the spec, by the specification's words.
func TestActions(t *testing.T) {
	for name, tt := range map[string]struct{ version, list, at, want string }{
		"update merges objects":        {"1.0.0", "- {target: $, update: {info: {title: N, x-a: {b: 1}}}}", "info", "{title: N, version: '1', x-a: {b: 1}}"},
		"update of every match":        {"1.0.0", "- {target: '$.paths[*].get', update: {x-rate-limit: a}}", "paths /b get x-rate-limit", "a"},
		"update by a filter":           {"1.0.0", "- {target: \"$.paths[*][?@.tags[?@ == 'read']]\", update: {x-a: 1}}", "paths /a get x-a", "1"},
		"lists get elements":           {"1.0.0", "- {target: $.servers, update: {url: https://b.example}}", "servers 1 url", "https://b.example"},
		"lists get lists' elements":    {"1.1.0", "- {target: $.servers, update: [{url: https://b.example}, {url: https://c.example}]}", "servers 2 url", "https://c.example"},
		"lists within objects":         {"1.0.0", "- {target: \"$.paths['/a'].get\", update: {tags: [more]}}", "paths /a get tags", "[read, more]"},
		"remove":                       {"1.0.0", "- {target: '$.paths[*][?@.deprecated == true]', remove: true}", "paths /b", "{get: {tags: [read], responses: {'200': {description: ok}}}}"},
		"remove elements":              {"1.0.0", "- {target: '$.paths[*][*].tags[0]', remove: true}", "paths /a get tags", "[]"},
		"remove inside what goes":      {"1.0.0", "- {target: '$..[?@.description || @.responses]', remove: true}", "paths /a", "{}"},
		"single values in 1.1":         {"1.1.0", "- {target: $.info.title, update: New}", "info title", "New"},
		"copy in 1.1":                  {"1.1.0", "- {target: \"$.paths['/b'].get\", copy: \"$.paths['/a'].get\"}", "paths /b get operationId", "getA"},
		"later actions see earlier":    {"1.0.0", "- {target: $, update: {x-c: {d: [1]}}}\n- {target: \"$['x-c'].d\", update: 2}\n- {target: '$[\"x-c\"].d[?@ == 2]', remove: true}", "x-c d", "[1]"},
		"remove false is as good":      {"1.0.0", "- {target: $.info, update: {x-a: 1}, remove: false}", "info x-a", "1"},
		"null is a value":              {"1.0.0", "- {target: $.info, update: {x-a: null, description: null}}", "info x-a", "null"},
		"a copy of what is a target":   {"1.1.0", "- {target: '$.paths[*]', copy: \"$.paths['/a']\"}", "paths /b post operationId", "postA"},
		"what removes and puts anew":   {"1.0.0", "- {target: $.info, remove: true}\n- {target: $, update: {info: {title: Z, version: '2'}}}", "info title", "Z"},
		"an update is no reference":    {"1.0.0", "- {target: '$.paths[*].get', update: {x-a: {b: 1}}}\n- {target: \"$.paths['/a'].get\", update: {x-a: {b: 2}}}", "paths /b get x-a b", "1"},
		"extensions of overlays":       {"1.0.3", "- {target: $.info, update: {x-a: 1}, description: why, x-why: not}", "info x-a", "1"},
		"quotes of both kinds, JSON\\": {"1.0.0", "- {\"target\": \"$.paths[\\\"/a\\\"]\", \"update\": {\"x-a\": 1}}", "paths /a x-a", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			doc, diags := Load("api.yaml", []byte(acted), nil,
				File{"over.yaml", []byte(actions(tt.version, tt.list))})
			if doc == nil || diags.HasErrors() {
				t.Fatal(diags)
			}
			n := doc.Node(strings.Fields(tt.at)...)
			if n == nil {
				t.Fatalf("%s is not there", tt.at)
			}
			if got := flow(n); got != tt.want {
				t.Errorf("%s is %s, want %s", tt.at, got, tt.want)
			}
		})
	}
}

// flow prints a tree on one line.
func flow(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, flow(n.Content[i])+": "+flow(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for _, c := range n.Content {
			parts = append(parts, flow(c))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if n.Tag == tagString && strings.Trim(n.Value, "0123456789") == "" {
		return "'" + n.Value + "'"
	}
	return n.Value
}

func TestFaultyActions(t *testing.T) {
	for want, over := range map[string]string{
		`over.yaml:1:10: error: overlay "2.0.0" is not known`:                                           actions("2.0.0", "- {}"),
		`over.yaml:1:1: error: an overlay has actions, a list of at least`:                              "overlay: 1.0.0",
		`over.yaml:4:3: error: an action has a target`:                                                  actions("1.0.0", "- {update: {}}"),
		`over.yaml:4:3: error: an action has one of update, remove`:                                     actions("1.0.0", "- {target: $}"),
		`over.yaml:4:4: error: "targt" is not a field of an action`:                                     actions("1.0.0", "- {targt: $, update: {}}"),
		`over.yaml:4:12: error: "$.nope" selects nothing in the spec`:                                   actions("1.0.0", "- {target: $.nope, update: {}}"),
		`over.yaml:4:12: error: "$.info.x-a" is not a JSONPath of RFC 9535`:                             actions("1.0.0", "- {target: $.info.x-a, update: {}}"),
		`over.yaml:4:12: error: the target at api.yaml:2:15 is neither`:                                 actions("1.0.0", "- {target: $.info.title, update: New}"),
		`over.yaml:4:12: error: the whole spec cannot be removed`:                                       actions("1.0.0", "- {target: $, remove: true}"),
		`over.yaml:4:21: error: copy is of overlay 1.1.0`:                                               actions("1.0.0", "- {target: $, copy: $.info}"),
		`over.yaml:4:21: error: copy selects one value, not 2`:                                          actions("1.1.0", "- {target: $, copy: '$.paths[*]'}"),
		`over.yaml:4:28: error: remove is true or false`:                                                actions("1.0.0", "- {target: $.info, remove: 'true'}"),
		`over.yaml:4:24: error: this is a list, and the value at api.yaml:2:7 in the spec is an object`: actions("1.0.0", "- {target: $, update: {info: []}}"),
		`over.yaml:2:10: warning: the overlay is for other.yaml, and it is applied to api.yaml`:         "overlay: 1.0.0\nextends: other.yaml\nactions: [{target: $.info, update: {}}]",
		`over.yaml:3:11: error: an action is an object`:                                                 "overlay: 1.0.0\ninfo: {}\nactions: [a]",
	} {
		_, diags := Load("api.yaml", []byte(acted), nil, File{"over.yaml", []byte(over)})
		if len(diags) != 1 || !strings.HasPrefix(diags[0].String(), want) {
			t.Errorf("%s\n%v\nwant %s", over, diags, want)
		}
	}
}

// TestActionsKeepPlaces holds that a value names the line of the overlay that it comes from.
func TestActionsKeepPlaces(t *testing.T) {
	over := actions("1.1.0", `- target: $.paths['/a'].get
  update: {x-rate-limit: {use: {a: 1}}}
- {target: $.info, update: {title: N}}
- {target: "$.paths['/b'].get", copy: "$.paths['/a'].get"}
- {target: $.servers, update: {url: https://b.example}}
`)
	doc, diags := Load("api.yaml", []byte(acted), nil, File{"over.yaml", []byte(over)})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for ptr, want := range map[string]string{
		"paths /a get x-rate-limit use a": "over.yaml:5:33",
		"paths /b get x-rate-limit use a": "over.yaml:5:33",
		"paths /b get operationId":        "api.yaml:6:25",
		"info title":                      "over.yaml:6:29",
		"info version":                    "api.yaml:2:18",
		"servers 1 url":                   "over.yaml:8:32",
		"servers 0 url":                   "api.yaml:3:12",
	} {
		if got := doc.Pos(strings.Fields(ptr)...).String(); got != want {
			t.Errorf("%s is at %s, want %s", ptr, got, want)
		}
	}
}

// TestOverlayIsBounded holds that copies of copies end in an error, and soon.
func TestOverlayIsBounded(t *testing.T) {
	list := "- {target: $, update: {x-a: {b: 1}}}\n" +
		strings.Repeat("- {target: \"$['x-a']\", copy: $}\n- {target: $.info, update: {x-b: 1}}\n", 40)
	deep := "- {target: $, update: {x-a: {}}}\n" +
		strings.Repeat("- {target: \"$['x-a']\", update: {x-a: {}}}\n- {target: \"$['x-a']['x-a']\", copy: $}\n", 60)
	for _, l := range []string{list, deep} {
		_, diags := Load("api.yaml", []byte(acted), nil, File{"over.yaml", []byte(actions("1.1.0", l))})
		if !diags.HasErrors() || !strings.Contains(diags[0].Message, "levels") {
			t.Errorf("%d findings", len(diags))
		}
	}
}
