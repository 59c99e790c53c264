package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// verb is a command of limitgen.
type verb struct {
	name, args, summary string
	long                string // above the usage line in the help
	more                string // below the flags
	examples            []string
	codes               string // meaning of the exit codes
	hidden              bool
	files               []string // extensions of the files that it takes, for completion; none takes folders
	// define adds the flags and returns the function that reads them and runs.
	define func(v verb, fs *pflag.FlagSet) func(s streams, args []string) int
}

// verbs are in the order of the help.
func verbs() []verb {
	man := manVerb
	man.define = defineMan // which calls verbs itself
	return []verb{
		initVerb, generateVerb, checkVerb, breakingVerb, changelogVerb, auditVerb, importVerb, lintVerb, listVerb, mockVerb, convertVerb, versionVerb,
		man,
	}
}

// specFiles are the extensions of specs.
var specFiles = []string{"yaml", "yml", "json"}

// errSaid says that the error was printed already.
var errSaid = errors.New("said")

// rootCommand returns the command line. The command that runs stores its exit code in code.
func rootCommand(s streams, code *int) *cobra.Command {
	root := &cobra.Command{
		Use:   "limitgen",
		Short: "turn published rate limits into Go code and gateway configuration",
		Long: `limitgen generates a Go client that paces itself, a server that enforces, and
limits from an OpenAPI file with x-rate-limit extensions.`,
		Example: `  limitgen generate --spec api.yaml --out gen/api
  limitgen check
  limitgen list api.yaml`,
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs, // an unknown verb arrives here as an argument
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetHelpTemplate(rootHelp)
	root.SuggestionsMinimumDistance = 2
	root.RunE = func(cmd *cobra.Command, args []string) error {
		*code = exitFailed
		if len(args) == 0 {
			cmd.SetOut(s.err)
			return errors.Join(cmd.Help(), errSaid)
		}
		more := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			more = "; did you mean " + near[0] + "?"
		}
		fmt.Fprintf(s.err, "limitgen: unknown verb %q%s\nrun 'limitgen --help' for the verbs\n", args[0], more)
		return errSaid
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		*code = exitFailed
		fmt.Fprintf(s.err, "limitgen: %s\nrun 'limitgen --help' for the verbs\n", err)
		return errSaid
	})
	root.PersistentFlags().StringVar(s.color, "color", "auto", "`WHEN` to colour findings: auto, always or never")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if slices.Contains(colors, *s.color) {
			return nil
		}
		*code = exitFailed
		fmt.Fprintf(s.err, "limitgen: --color does not know %q%s; it takes %s\n",
			*s.color, hint(*s.color, "", colors), strings.Join(colors, ", "))
		return errSaid
	}
	for _, v := range verbs() {
		root.AddCommand(v.command(s, code))
	}
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			cmd.Short = "write a completion script for bash, zsh, fish or powershell"
		}
	}
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [VERB]",
		Short: "show help for a verb",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return root.Help()
			}
			cmd, rest, err := root.Find(args)
			if err != nil || cmd == root || len(rest) > 0 {
				return root.RunE(root, args)
			}
			return cmd.Help()
		},
	})
	return root
}

// command returns a verb as cobra runs it.
func (v verb) command(s streams, code *int) *cobra.Command {
	cmd := &cobra.Command{
		Use:                   strings.TrimSpace(v.name + " " + v.args),
		Short:                 v.summary,
		Long:                  v.long,
		Example:               "  " + strings.Join(v.examples, "\n  "),
		Hidden:                v.hidden,
		DisableFlagsInUseLine: true,
		Annotations:           map[string]string{"codes": v.codes, "more": v.more},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolP("help", "h", false, "") // cobra's own would be listed among ours in the help
	_ = cmd.Flags().MarkHidden("help")
	body := v.define(v, cmd.Flags())
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		*code = body(s, args)
		return nil
	}
	cmd.SetHelpTemplate(verbHelp)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		*code = v.misuse(s, "%s%s", err, flagHint(cmd.Flags(), err))
		return errSaid
	})
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		if len(v.files) == 0 {
			return nil, cobra.ShellCompDirectiveFilterDirs
		}
		return v.files, cobra.ShellCompDirectiveFilterFileExt
	}
	for _, name := range []string{"spec", "out", "runtime"} {
		if cmd.Flags().Lookup(name) == nil {
			continue
		}
		// These fail only for an unknown flag.
		if name == "spec" {
			_ = cmd.MarkFlagFilename(name, specFiles...)
		} else {
			_ = cmd.MarkFlagDirname(name)
		}
	}
	return cmd
}

const rootHelp = `{{.Long}}

Usage: limitgen VERB [FLAGS]

{{range .Commands}}{{if .IsAvailableCommand}}  {{rpad .Name 10}} {{.Short}}
{{end}}{{end}}
Examples:
{{.Example}}

'limitgen help VERB' has details.
Exit codes: 0 ok, 1 findings or drift, 2 could not do it.
`

const verbHelp = `{{.Long}}

Usage: {{.UseLine}}
{{with flags .Flags}}
{{.}}{{end}}{{with index .Annotations "more"}}
{{.}}{{end}}
Examples:
{{.Example}}

Exit codes: {{index .Annotations "codes"}}
`

func init() { cobra.AddTemplateFunc("flags", flagTable) }

// versionText returns what the version verb and --version print.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	return describe(info, ok)
}
