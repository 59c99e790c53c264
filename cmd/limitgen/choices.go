package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/fileset"
)

// choicesHelp is what the help of every verb that takes them says of the flags about configuration.
const choicesHelp = `  --allow-approximate     write what comes near a limit that a target cannot express
  --plan NAME             enforce the figures of one of the spec's plans
  --nginx-mode MODE       capacity (default), strict or queue
  --haproxy-seconds HOW   windows below a minute: rate (default) or fixed
  --keys N                partition keys that a limit has at a time (default 10000)
`

// addChoices adds the flags about configuration.
func addChoices(fs *pflag.FlagSet) *config.Options {
	o := config.Defaults()
	fs.BoolVar(&o.AllowApproximate, "allow-approximate", false, "")
	fs.StringVar(&o.Plan, "plan", "", "")
	fs.StringVar(&o.NginxMode, "nginx-mode", o.NginxMode, "")
	fs.StringVar(&o.HAProxySeconds, "haproxy-seconds", o.HAProxySeconds, "")
	fs.IntVar(&o.Keys, "keys", o.Keys, "")
	return &o
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
	return nil
}

// recordChoices puts choices that differ from the defaults into the form that a manifest records.
func recordChoices(a *fileset.Arguments, o config.Options) {
	d := config.Defaults()
	a.AllowApproximate, a.Plan, a.NginxMode, a.HAProxySeconds, a.Keys = o.AllowApproximate, o.Plan, "", "", 0
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
	o.AllowApproximate, o.Plan = a.AllowApproximate, a.Plan
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
	return words
}
