package main

import (
	"fmt"
	"os/exec"
	"time"
)

// buildRounds is how often each build is measured; the least counts.
const buildRounds = 3

// build prints what `go build` needs for generated packages, beside oapi-codegen's: alone, as after
// each change of a spec, and with all that they import but the standard library, as once for a
// module.
func (c commands) build() error {
	fmt.Fprintf(c.stdout, "\n%-30s %9s %9s\n", "go build, s of processor", "lg0", "oapi")
	for _, api := range []string{"pets", "routes"} {
		for _, all := range []bool{false, true} {
			name := api + " alone"
			if all {
				name = api + " with imports"
			}
			lg, err := leastBuild("lg0/"+api, all)
			if err != nil {
				return err
			}
			oapi, err := leastBuild("oapi/"+api, all)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.stdout, "%-30s %9.2f %9.2f", name, lg.Seconds(), oapi.Seconds())
			if word := "ok"; !all {
				if lg > oapi+oapi/50 {
					word = "short"
				}
				fmt.Fprintf(c.stdout, "  %.2f x (<= 1.02) %s", lg.Seconds()/oapi.Seconds(), word)
			}
			fmt.Fprintln(c.stdout)
		}
	}
	return nil
}

// leastBuild compiles a package of out anew, with all modules that it imports if all is set.
func leastBuild(pkg string, all bool) (least time.Duration, err error) {
	pattern := modules + "/" + pkg
	if all {
		pattern = "github.com/..." // where all of them are
	}
	for i := range buildRounds + 1 {
		// Another flag makes what it applies to be compiled again; this one changes nothing else.
		cmd := exec.Command("go", "build", fmt.Sprintf("-gcflags=%s=-D=/%d", pattern, time.Now().UnixNano()), "./"+out+"/"+pkg)
		if text, err := cmd.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("go build %s: %w\n%s", pkg, err, text)
		}
		took := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if i == 1 || i > 1 && took < least { // the first one may have compiled imports too
			least = took
		}
	}
	return least, nil
}
