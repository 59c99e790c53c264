package diag_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/diag"
)

var nasty = diag.List{
	{Pos: diag.Position{File: "a,b:c %.yaml", Line: 3, Col: 7}, Severity: diag.Error, Rule: "unknown-name", Message: "50% of\n\"x\" <y>"},
	{Pos: diag.Position{File: "whole.yaml"}, Severity: diag.Warning, Rule: "limit-unused", Message: "plain"},
	{Pos: diag.Position{File: "a.yaml", Line: 1, Col: 1}, Severity: diag.Error, Rule: "unknown-name", Message: "again"},
}

func render(t *testing.T, print func(io.Writer, diag.List) error, l diag.List) string {
	t.Helper()
	var b bytes.Buffer
	if err := print(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	want := "a,b:c %.yaml:3:7: error: 50% of \"x\" <y> [unknown-name]\nwhole.yaml: warning: plain [limit-unused]\na.yaml:1:1: error: again [unknown-name]\n"
	if got := render(t, diag.Text, nasty); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestGitHub(t *testing.T) {
	want := "::error file=a%2Cb%3Ac %25.yaml,line=3,col=7,title=limitgen unknown-name::50%25 of%0A\"x\" <y> [unknown-name]\n" +
		"::warning file=whole.yaml,title=limitgen limit-unused::plain [limit-unused]\n" +
		"::error file=a.yaml,line=1,col=1,title=limitgen unknown-name::again [unknown-name]\n"
	if got := render(t, diag.GitHub, nasty); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	var got []map[string]any
	if err := json.Unmarshal([]byte(render(t, diag.JSON, nasty)), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0]["message"] != "50% of\n\"x\" <y>" || got[0]["line"] != 3.0 {
		t.Errorf("got %v", got)
	}
	if got := strings.TrimSpace(render(t, diag.JSON, nil)); got != "[]" {
		t.Errorf("no findings print %s", got)
	}
}

func TestSARIF(t *testing.T) {
	var got struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				Level     string
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(render(t, diag.SARIF, nasty)), &got); err != nil {
		t.Fatal(err)
	}
	run := got.Runs[0]
	if got.Version != "2.1.0" || len(run.Tool.Driver.Rules) != 2 || len(run.Results) != 3 {
		t.Fatalf("got %+v", got)
	}
	if uri := run.Results[0].Locations[0].PhysicalLocation.ArtifactLocation.URI; uri != "./a,b:c%20%25.yaml" {
		t.Errorf("URI %q", uri)
	}
	if run.Results[1].Locations[0].PhysicalLocation.Region != nil ||
		run.Results[1].Level != "warning" {
		t.Errorf("got %+v", run.Results[1])
	}
	if text := render(t, diag.SARIF, nil); !strings.Contains(text, `"results": []`) {
		t.Errorf("no findings print %s", text)
	}
}

func TestBriefCountsWhatItLeavesOut(t *testing.T) {
	for n, want := range map[int]int{1: 1, 5: 5, 6: 5, 231: 5} {
		var l diag.List
		for i := range n {
			l.Warnf(diag.Position{File: "a.yaml", Line: i + 1, Col: 1}, "same", "finding %d", i)
		}
		l.Errorf(diag.Position{File: "a.yaml", Line: 500, Col: 1}, "other", "once")
		var b strings.Builder
		if err := (diag.Style{}).Brief(&b, l); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(b.String(), "[same]"); got != want ||
			!strings.Contains(b.String(), "once [other]") {
			t.Errorf("%d findings: %d lines\n%s", n, got, b.String())
		}
		more := fmt.Sprintf("a.yaml: warning: %d more of these", n-want+1)
		if strings.Contains(b.String(), more) != (n > want) {
			t.Errorf("%d findings:\n%s", n, b.String())
		}
	}
}
