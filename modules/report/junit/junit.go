// Package junit writes a Result as JUnit XML, which CI systems show beside the
// tests: each step is a test case, and each gate of a step is one too.
package junit

import (
	"encoding/xml"
	"io"
	"strconv"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/headgate-ci/headgate/modules/report"
)

// Write writes the document. A failed gate is a failure. What kept a Rollout
// from ending well without being a finding about the new version is an error:
// a gate that could not decide, a candidate that did not get ready, an
// interrupt. What was not begun is skipped.
func Write(w io.Writer, r report.Result) error {
	s := suite{class: report.Clean(className(r))}
	s.Name, s.Time = s.class, seconds(r.Seconds)
	if !r.Started.IsZero() {
		s.SetTimestamp(r.Started)
	}
	s.properties(r)
	for _, step := range r.Steps {
		s.step(step, r)
	}
	s.verdict(r)
	all := junit.Testsuites{Name: "headgate", Time: s.Time}
	all.AddSuite(s.Testsuite)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return all.WriteXML(w)
}

func className(r report.Result) string {
	if r.Namespace == "" {
		return "headgate." + r.Release
	}
	return "headgate." + r.Namespace + "." + r.Release
}

type suite struct {
	junit.Testsuite
	class string
}

func (s *suite) properties(r report.Result) {
	for _, p := range [][2]string{{"verdict", string(r.Verdict)}, {"reason", r.Reason}, {"id", r.ID}, {"strategy", r.Strategy}, {"from", r.From}, {"to", r.To}, {"source", r.Source}} {
		if p[1] != "" {
			s.AddProperty(p[0], report.Clean(p[1]))
		}
	}
}

// step adds a case for the step, or one for each of its gates.
func (s *suite) step(step report.Step, r report.Result) {
	if len(step.Gates) == 0 {
		s.plain(step, r)
		return
	}
	waited := r.Verdict == report.Held || r.Verdict == report.GateUndecided
	ended := step.Status == report.Failed || step.Status == report.Stopped
	broken := step.Status == report.Failed // by something that no gate has said
	for _, g := range step.Gates {
		c := s.begin(step.Name+": "+g.Name, step.Seconds)
		switch {
		case g.Outcome == "fail":
			c.Failure, broken = result(g.Reason, "gate"), false
		case g.Outcome == "pass":
			c.SystemOut = &junit.Output{Data: report.Clean(g.Reason)}
		case ended && waited:
			c.Error, broken = result("has not decided: "+g.Reason, "inconclusive"), false
		default:
			c.Skipped = result("has not decided: "+g.Reason, "inconclusive")
		}
		s.AddTestcase(c)
	}
	if broken {
		c := s.begin(step.Name, step.Seconds)
		c.Error = result(r.Reason, "step")
		s.AddTestcase(c)
	}
}

func (s *suite) plain(step report.Step, r report.Result) {
	c := s.begin(step.Name, step.Seconds)
	switch step.Status {
	case report.Pending:
		c.Skipped = result("not begun", "")
	case report.Running:
		c.Skipped = result("not finished", "")
	case report.Stopped: // the verdict tells
		c.Skipped = result("stopped: "+r.Reason, "")
	case report.Failed:
		c.Error = result(r.Reason, "step")
	default:
		if step.Detail != "" {
			c.SystemOut = &junit.Output{Data: report.Clean(step.Detail)}
		}
	}
	s.AddTestcase(c)
}

// verdict adds a case for an ending that no step has told of.
func (s *suite) verdict(r report.Result) {
	if r.Verdict.ExitCode() == 0 || s.Failures+s.Errors > 0 {
		return
	}
	c := s.begin("verdict", r.Seconds)
	message := string(r.Verdict)
	if r.Reason != "" {
		message += ": " + r.Reason
	}
	c.Error = result(message, string(r.Verdict))
	s.AddTestcase(c)
}

func (s *suite) begin(name string, took float64) junit.Testcase {
	return junit.Testcase{Name: report.Clean(name), Classname: s.class, Time: seconds(took)}
}

func result(message, kind string) *junit.Result {
	message = report.Clean(message)
	if message == "" {
		message = "failed"
	}
	return &junit.Result{Message: message, Type: kind, Data: message}
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }
