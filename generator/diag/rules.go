package diag

import (
	"maps"
	"slices"
)

// rules say in a sentence what each rule is about. A finding of a rule that is not here has no
// description in reports, and a test fails.
var rules = map[string]string{
	"all-of-conflict":      "Members of an allOf contradict each other, so the first one is kept.",
	"ambiguous-path":       "Two path templates match the same requests and neither is more specific.",
	"canceled":             "The run was interrupted.",
	"cost":                 "A cost does not fit what it reads in the request.",
	"cost-above-quota":     "A request costs more than its limit ever admits, so that no call can succeed.",
	"cost-kind":            "A cost counts what is no list, or takes what is no integer.",
	"dead-variant":         "A variant of an operation can never be chosen.",
	"dialect":              "A rate limit is written in another tool's form.",
	"drift":                "A generated file is not what a run would write now.",
	"duplicate-key":        "A mapping has the same key twice.",
	"encoding":             "The file's text is not UTF-8.",
	"endless-schema":       "A schema is nothing but itself.",
	"document":             "A part of the document is not what OpenAPI has there.",
	"expression":           "A runtime expression cannot be read.",
	"extension-schema":     "An x-rate-limit extension is not well formed.",
	"external-ref":         "A reference leads to another file.",
	"inexpressible":        "A target cannot express a limit.",
	"internal":             "The generated code does not parse, which is a bug of limitgen.",
	"limit-changed":        "A limit or what counts against it is not what the output was generated from.",
	"load":                 "The document cannot be read as OpenAPI 3.",
	"max-beside-max-items": "A cost has a maximum beside the maxItems of the list that it counts.",
	"media-types":          "An operation has more media types than the generated code uses.",
	"misplaced":            "A word of the extension is misspelt or stands in the wrong place.",
	"missing-429":          "A limited operation does not document the answer 429.",
	"missing-count":        "A cost counts what is not in the request.",
	"missing-parameter":    "A partition key reads a parameter that an operation does not have.",
	"name-collision":       "Two names in the specification are the same name in Go.",
	"no-credential":        "A limit counts by credential where a request may have none.",
	"no-limit":             "No limit applies to an operation, and no default says so.",
	"octal":                "A number with a leading zero is octal.",
	"parameter":            "A parameter has no name, or stands in no known place.",
	"path-parameter":       "A path parameter is not declared, or declared and not used.",
	"path-template":        "A path template is malformed.",
	"pattern":              "A pattern is not a regular expression that Go knows, so it is not checked.",
	"property-name":        "A property's name gives no Go name.",
	"reference":            "A reference leads nowhere, or to another kind of object.",
	"security-scheme":      "A security requirement names no scheme of the document.",
	"server":               "A server's address cannot be used as it is, or servers disagree on the path.",
	"settings":             "The settings file is not well formed, or accepts a finding that there is not.",
	"syntax":               "The file is not YAML or JSON.",
	"unknown-name":         "A name is used that is defined nowhere.",
	"unused-limit":         "A limit applies to no operation.",
	"variant-request":      "A variant's request refers to nothing.",
	"variant-response":     "A variant's response refers to nothing.",
	"x-client":             "An x-client extension is not well formed.",
}

// Describe says what a rule is about; "" for a rule that there is not.
func Describe(rule string) string { return rules[rule] }

// Rules are the ids of all rules, in order.
func Rules() []string { return slices.Sorted(maps.Keys(rules)) }
