package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/source"
)

// configFlags returns the flags about configuration; o has their defaults.
func configFlags(o *config.Options) manifest.Arguments {
	base := manifest.Text("base-path", basePathUsage, &o.BasePath)
	base.Check = func() (err error) { o.BasePath, err = validBasePath(o.BasePath); return err }
	identity := manifest.Text("identity-header", "header `NAME` in which an authenticating proxy names the caller", &o.IdentityHeader)
	identity.Check = func() error { return validHeader("identity-header", o.IdentityHeader) }
	plan := manifest.Text("plan-header", "header `NAME` in which that proxy names the caller's plan", &o.PlanHeader)
	plan.Check = func() error { return validHeader("plan-header", o.PlanHeader) }
	nginx := manifest.Text("nginx-mode", "nginx `MODE`: capacity, strict or queue", &o.NginxMode)
	nginx.Check = func() error { return oneOf("nginx-mode", o.NginxMode, config.NginxModes) }
	seconds := manifest.Text("haproxy-seconds", "HAProxy below a minute, `HOW`: rate (an estimate) or fixed", &o.HAProxySeconds)
	seconds.Check = func() error { return oneOf("haproxy-seconds", o.HAProxySeconds, config.HAProxySeconds) }
	keys := manifest.Number("keys", "`NUMBER` of partition keys per limit at a time", &o.Keys)
	keys.Check = func() error { return validKeys(o.Keys) }
	name := manifest.Text("api-name", "`NAME` of the API in configuration and metrics (default: the package's)", &o.Name)
	name.Check = func() error { return validAPIName(o.Name) }
	return manifest.Arguments{
		manifest.Switch("allow-approximate", "write the closest approximation of limits that a target cannot express", &o.AllowApproximate),
		base, identity, plan,
		manifest.Text("plan", "enforce the quotas of the spec's plan `NAME`", &o.Plan),
		nginx, seconds, keys, name,
	}
}

const basePathUsage = "`PATH` of the API, in place of the first server's; / for none"

// validBasePath brings a path given by --base-path into one form.
func validBasePath(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	clean, ok := source.BasePath(path)
	if !ok {
		return "", fmt.Errorf("invalid --base-path %q: it must begin with a slash and have no query, fragment, semicolon or encoded slash", path)
	}
	return "/" + strings.TrimPrefix(clean, "/"), nil
}

// oneOf checks that a value is among the known ones.
func oneOf(flag, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return fmt.Errorf("--%s does not know %q%s; it takes %s", flag, value, hint(value, "", known), strings.Join(known, ", "))
}

func validKeys(n int) error {
	if n < 1 || n > config.MaxKeys {
		return fmt.Errorf("invalid --keys %d: it must be a number from 1 to %d", n, config.MaxKeys)
	}
	return nil
}

var apiName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,39}$`)

func validAPIName(name string) error {
	if name != "" && !apiName.MatchString(name) {
		return fmt.Errorf("--api-name %q: it takes up to 40 ASCII letters, digits and _, the first a letter", name)
	}
	return nil
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,60}$`)

func validHeader(flag, name string) error {
	if name != "" && !headerName.MatchString(name) {
		return fmt.Errorf("invalid --%s %q: it must be the name of a header, of ASCII letters, digits and -", flag, name)
	}
	return nil
}
