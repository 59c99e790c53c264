package harness

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// Paths is a spec in which each operation admits one request a minute for each key; spellings of
// its paths are listed beside it.
const Paths = Root + "/spec/paths/api.yaml"

type spelling struct{ method, target, want, note string }

// Spellings sends every line of the table of spellings through a gateway with the limits of Paths.
// That a request was counted shows when the plain spelling of its operation is refused afterwards.
func Spellings(t *testing.T, addr string) {
	t.Helper()
	table, plain := spellings(t)
	run := time.Now().UnixNano() % 1_000_000_000
	for i, s := range table {
		t.Run(s.method+" "+s.target, func(t *testing.T) {
			if left := time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)); left < 10*time.Second {
				time.Sleep(left) // so that both requests fall into one aligned minute
			}
			org := fmt.Sprintf("o%dx%d", run, i)
			first := Do(t, addr, Request{Method: s.method, Target: place(s.target, org)})
			switch s.want {
			case "refused":
				if first.Status < 400 || first.Status >= 500 || first.Status == 429 {
					t.Errorf("answered %d, want a refusal", first.Status)
				}
			case "-":
				second := Do(t, addr, Request{Method: s.method, Target: place(s.target, org)})
				if !first.Passed() || !second.Passed() {
					t.Errorf("answered %d and %d, want it uncounted", first.Status, second.Status)
				}
			default:
				want, refusable := strings.CutSuffix(s.want, " or refused")
				if refusable && first.Status >= 400 && first.Status < 500 && first.Status != 429 {
					return
				}
				s.want = want
				again := Do(t, addr, Request{Method: plain[s.want].method, Target: place(plain[s.want].target, org)})
				if !first.Passed() || again.Status != 429 {
					t.Errorf("answered %d, and %s after it %d: it was not counted as %s", first.Status, plain[s.want].target, again.Status, s.want)
				}
			}
		})
	}
}

// place puts a key into a target.
func place(target, org string) string {
	var encoded strings.Builder
	for i := range len(org) {
		fmt.Fprintf(&encoded, "%%%02x", org[i])
	}
	return strings.NewReplacer("%ORG", encoded.String(), "ORG", org).Replace(target)
}

// spellings reads the table; plain has the first spelling of each operation.
func spellings(t *testing.T) (table []spelling, plain map[string]spelling) {
	t.Helper()
	data, err := os.ReadFile(Root + "/spec/paths/requests.tsv")
	if err != nil {
		t.Fatal(err)
	}
	plain = make(map[string]spelling)
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || cells[0] == "method" {
			continue
		}
		s := spelling{cells[0], cells[1], cells[3], cells[4]}
		table = append(table, s)
		if _, known := plain[s.want]; !known {
			plain[s.want] = s
		}
	}
	return table, plain
}
