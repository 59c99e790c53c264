package main

import (
	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/convert"
	"github.com/limitgen/limitgen/generator/source"
)

var convertVerb = verb{
	name:    "convert",
	args:    "FILE|- [FLAGS]",
	summary: "write other tools' rate limits in a spec as x-rate-limits",
	long: `Write the rate limits that other tools keep in an OpenAPI file as an overlay for
'limitgen generate --overlay', on standard output. The file stays as it is.

It reads what Google Cloud Endpoints, Kuadrant, Kong, Huawei and Yandex Cloud, Tyk, Kusk,
ATC, WSO2, Redocly, Speakeasy, Klaviyo, KuCoin, HubSpot, Pinterest and Ory write there. What
has no equivalent, or has its figures elsewhere, is a warning at its line.`,
	examples: []string{
		"limitgen convert api.yaml >limits.yaml",
		"limitgen lint api.yaml --overlay limits.yaml",
		"limitgen list api.yaml --overlay limits.yaml --origin",
	},
	codes:  "0 everything converted, 1 something is not or the spec has errors, 2 could not do it.",
	files:  specFiles,
	define: defineConvert,
}

func defineConvert(v verb, _ *pflag.FlagSet) func(s streams, args []string) int {
	return func(s streams, args []string) int {
		if len(args) != 1 {
			return v.misuse(s, "it takes one file, not %d", len(args))
		}
		sp, err := readSpec(args[0], s.in)
		if err != nil {
			return v.fail(s, "%s", err)
		}
		doc, diags := source.Load(sp.name, sp.data, readPart)
		if diags.HasErrors() {
			_ = s.style(s.err).Text(s.err, diags.Sorted())
			return exitFound
		}
		result, diags := convert.Convert(doc)
		_ = s.style(s.err).Text(s.err, diags.Sorted())
		if result.Overlay == nil && len(diags) == 0 {
			return v.fail(s, "%s has no rate limits of other tools", sp.name)
		}
		if _, err := s.out.Write(result.Overlay); err != nil {
			return v.fail(s, "%s", err)
		}
		if len(diags) > 0 {
			return exitFound
		}
		return exitOK
	}
}
