package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/source"
)

// addChoices adds the flags about configuration.
func addChoices(fs *pflag.FlagSet) *config.Options {
	o := config.Defaults()
	fs.BoolVar(&o.AllowApproximate, "allow-approximate", false, "write what comes near a limit that a target cannot express")
	fs.StringVar(&o.BasePath, "base-path", "", basePathUsage)
	fs.StringVar(&o.IdentityHeader, "identity-header", "", "header `NAME` in which an authenticating proxy names the caller")
	fs.StringVar(&o.PlanHeader, "plan-header", "", "header `NAME` in which it names the caller's plan")
	fs.StringVar(&o.Plan, "plan", "", "enforce the figures of the spec's plan `NAME`")
	fs.StringVar(&o.NginxMode, "nginx-mode", o.NginxMode, "nginx `MODE`: capacity, strict or queue")
	fs.StringVar(&o.HAProxySeconds, "haproxy-seconds", o.HAProxySeconds, "HAProxy below a minute, `HOW`: rate (an estimate) or fixed")
	fs.IntVar(&o.Keys, "keys", o.Keys, "`NUMBER` of partition keys that a limit has at a time")
	fs.StringVar(&o.Name, "api-name", "", "the API's `NAME` in configuration and metrics, if not the package's")
	return &o
}

const basePathUsage = "`PATH` that the API is below, not the first server's; / is none"

// validBasePath brings a path given by --base-path into one form.
func validBasePath(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	clean, ok := source.BasePath(path)
	if !ok {
		return "", fmt.Errorf("--base-path is %q; it is a path that begins with a slash, without query, fragment, semicolon and encoded slash", path)
	}
	return "/" + strings.TrimPrefix(clean, "/"), nil
}

// validChoices refuses values that no target knows.
func validChoices(o config.Options) error {
	for _, c := range []struct {
		flag, value string
		known       []string
	}{{"nginx-mode", o.NginxMode, config.NginxModes}, {"haproxy-seconds", o.HAProxySeconds, config.HAProxySeconds}} {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("--%s does not know %q%s; it takes %s", c.flag, c.value, hint(c.value, "", c.known), strings.Join(c.known, ", "))
		}
	}
	if o.Keys < 1 || o.Keys > config.MaxKeys {
		return fmt.Errorf("--keys is %d; it is a number from 1 to %d", o.Keys, config.MaxKeys)
	}
	if o.Name != "" && !apiName.MatchString(o.Name) {
		return fmt.Errorf("--api-name %q: it takes up to 40 ASCII letters, digits and _, the first a letter", o.Name)
	}
	for flag, name := range map[string]string{"identity-header": o.IdentityHeader, "plan-header": o.PlanHeader} {
		if name != "" && !headerName.MatchString(name) {
			return fmt.Errorf("--%s is %q; it is the name of a header, of ASCII letters, digits and -", flag, name)
		}
	}
	_, err := validBasePath(o.BasePath)
	return err
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,60}$`)

var apiName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,39}$`)

// recordChoices puts choices that differ from the defaults into the form that a manifest records.
func recordChoices(a *fileset.Arguments, o config.Options) {
	d := config.Defaults()
	a.APIName = o.Name
	a.AllowApproximate, a.Plan, a.NginxMode, a.HAProxySeconds, a.Keys = o.AllowApproximate, o.Plan, "", "", 0
	a.IdentityHeader, a.PlanHeader = o.IdentityHeader, o.PlanHeader
	a.BasePath, _ = validBasePath(o.BasePath)
	if o.NginxMode != d.NginxMode {
		a.NginxMode = o.NginxMode
	}
	if o.HAProxySeconds != d.HAProxySeconds {
		a.HAProxySeconds = o.HAProxySeconds
	}
	if o.Keys != d.Keys {
		a.Keys = o.Keys
	}
}

// recordedChoices reads them back.
func recordedChoices(a fileset.Arguments) config.Options {
	o := config.Defaults()
	o.AllowApproximate, o.Plan, o.Name, o.BasePath = a.AllowApproximate, a.Plan, a.APIName, a.BasePath
	o.IdentityHeader, o.PlanHeader = a.IdentityHeader, a.PlanHeader
	if a.NginxMode != "" {
		o.NginxMode = a.NginxMode
	}
	if a.HAProxySeconds != "" {
		o.HAProxySeconds = a.HAProxySeconds
	}
	if a.Keys != 0 {
		o.Keys = a.Keys
	}
	return o
}

// choiceWords are the flags that make recorded choices again.
func choiceWords(a fileset.Arguments) []string {
	var words []string
	if a.AllowApproximate {
		words = append(words, "--allow-approximate")
	}
	if a.BasePath != "" {
		words = append(words, "--base-path", a.BasePath)
	}
	if a.IdentityHeader != "" {
		words = append(words, "--identity-header", a.IdentityHeader)
	}
	if a.PlanHeader != "" {
		words = append(words, "--plan-header", a.PlanHeader)
	}
	if a.Plan != "" {
		words = append(words, "--plan", a.Plan)
	}
	if a.NginxMode != "" {
		words = append(words, "--nginx-mode", a.NginxMode)
	}
	if a.HAProxySeconds != "" {
		words = append(words, "--haproxy-seconds", a.HAProxySeconds)
	}
	if a.Keys != 0 {
		words = append(words, "--keys", fmt.Sprint(a.Keys))
	}
	if a.APIName != "" {
		words = append(words, "--api-name", a.APIName)
	}
	return words
}
