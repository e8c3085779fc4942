package junit_test

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/internal/sample"
	"github.com/headgate-ci/headgate/modules/report/junit"
)

// document is what GitLab's and GitHub's readers take from a JUnit file.
type document struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Class   string  `xml:"classname,attr"`
			Name    string  `xml:"name,attr"`
			Time    float64 `xml:"time,attr"`
			Failure *note   `xml:"failure"`
			Error   *note   `xml:"error"`
			Skipped *note   `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

type note struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func read(t *testing.T, r report.Result) document {
	t.Helper()
	var b bytes.Buffer
	if err := junit.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	var d document
	if err := xml.Unmarshal(b.Bytes(), &d); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return d
}

func outcomes(d document) map[string]string {
	out := map[string]string{}
	for _, c := range d.Suites[0].Cases {
		switch {
		case c.Failure != nil:
			out[c.Name] = "failure: " + c.Failure.Message
		case c.Error != nil:
			out[c.Name] = "error: " + c.Error.Message
		case c.Skipped != nil:
			out[c.Name] = "skipped: " + c.Skipped.Message
		default:
			out[c.Name] = "passed"
		}
	}
	return out
}

func gated(v report.Verdict, reason string, status report.Status, outcomes ...string) report.Result {
	step := report.Step{Name: "gate 5%", Status: status}
	for _, o := range outcomes {
		step.Gates = append(step.Gates, report.Gate{Name: o, Outcome: o, Reason: "said so"})
	}
	return report.Result{Namespace: "prod", Release: "shop", Verdict: v, Reason: reason, Steps: []report.Step{step}}
}

func TestCases(t *testing.T) {
	t.Parallel()
	step := func(status report.Status) report.Result {
		return report.Result{Verdict: report.RolledBack, Reason: "the Pods crash", Steps: []report.Step{{Name: "candidate", Status: status}}}
	}
	tests := map[string]struct {
		reason string
		result report.Result
		want   map[string]string
	}{
		"a gate passes":        {"a pass is a passed test", gated(report.Promoted, "", report.Done, "pass"), map[string]string{"gate 5%: pass": "passed"}},
		"a gate fails":         {"the new version is bad: a failure, told once", gated(report.RolledBack, "gate failed", report.Failed, "fail", "pass"), map[string]string{"gate 5%: fail": "failure: said so", "gate 5%: pass": "passed"}},
		"no verdict, held":     {"nobody knows whether it is bad: an error", gated(report.Held, "has not decided", report.Failed, "inconclusive"), map[string]string{"gate 5%: inconclusive": "error: has not decided: said so"}},
		"no verdict, went on":  {"the release did not insist on it", gated(report.Promoted, "", report.Done, "inconclusive"), map[string]string{"gate 5%: inconclusive": "skipped: has not decided: said so"}},
		"interrupted at gates": {"the interrupt is the error, not the gate", gated(report.Aborted, "interrupted", report.Failed, "inconclusive"), map[string]string{"gate 5%: inconclusive": "skipped: has not decided: said so", "gate 5%": "error: interrupted"}},
		"interrupted, as told": {"nothing failed: the verdict is the error", gated(report.Aborted, "interrupted", report.Stopped, "inconclusive"), map[string]string{"gate 5%: inconclusive": "skipped: has not decided: said so", "verdict": "error: aborted: interrupted"}},
		"no verdict, as told":  {"nobody knows whether it is bad: an error", gated(report.Held, "has not decided", report.Stopped, "inconclusive"), map[string]string{"gate 5%: inconclusive": "error: has not decided: said so"}},
		"a step fails":         {"no finding of a gate: an error", step(report.Failed), map[string]string{"candidate": "error: the Pods crash"}},
		"asked for":            {"an ending that no step has told of is told", step(report.Undone), map[string]string{"candidate": "passed", "verdict": "error: rolledBack: the Pods crash"}},
		"not begun":            {"a job that could not begin is not green", report.Result{Release: "shop", Verdict: report.Errored, Reason: "no cluster"}, map[string]string{"verdict": "error: error: no cluster"}},
		"killed":               {"a job that was killed is not green", report.Result{Release: "shop", Verdict: report.Unfinished, Steps: []report.Step{{Name: "candidate", Status: report.Running}}}, map[string]string{"candidate": "skipped: not finished", "verdict": "error: unfinished"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := read(t, test.result)
			if diff := cmp.Diff(test.want, outcomes(d)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			n := map[string]int{}
			for _, o := range outcomes(d) {
				n[strings.Split(o, ":")[0]]++
			}
			s := d.Suites[0]
			if s.Tests != len(test.want) || s.Failures != n["failure"] || s.Errors != n["error"] || s.Skipped != n["skipped"] {
				t.Errorf("the totals do not fit the cases: %+v", s)
			}
		})
	}
}

// TestAnyTextIsFit reads what was written of texts that XML cannot hold as they
// are.
func TestAnyTextIsFit(t *testing.T) {
	t.Parallel()
	d := read(t, sample.Hostile())
	found := false
	for _, c := range d.Suites[0].Cases {
		if c.Failure != nil {
			found = true
			if !strings.Contains(c.Failure.Text, "]]>") || strings.ContainsAny(c.Failure.Text, "\x00\x1b") {
				t.Errorf("the failure's text is %q", c.Failure.Text)
			}
		}
	}
	if !found {
		t.Error("no failure")
	}
}
