// Package dotenv writes a Result as variables for the CI jobs that follow.
package dotenv

import (
	"fmt"
	"io"
	"regexp"
	"strconv"

	"github.com/headgate-ci/headgate/modules/report"
)

// Variable is a name with its value.
type Variable struct{ Name, Value string }

// safe values mean themselves in a dotenv file, in a shell and in an output of
// a GitHub action, unquoted.
var safe = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$`)

// Variables are the Result's, in a fixed order. Texts are not among them, and a
// value that a shell could read otherwise is left out.
func Variables(r report.Result, exitCode int) []Variable {
	all := []Variable{
		{"HEADGATE_VERDICT", string(r.Verdict)},
		{"HEADGATE_EXIT_CODE", strconv.Itoa(exitCode)},
		{"HEADGATE_ID", r.ID},
		{"HEADGATE_RELEASE", r.Release},
		{"HEADGATE_NAMESPACE", r.Namespace},
		{"HEADGATE_STRATEGY", r.Strategy},
		{"HEADGATE_FROM", r.From},
		{"HEADGATE_TO", r.To},
		{"HEADGATE_SECONDS", strconv.FormatFloat(r.Seconds, 'f', 0, 64)},
		{"HEADGATE_STABLE_REQUESTS", strconv.FormatUint(r.Stable.Requests, 10)},
		{"HEADGATE_STABLE_ERRORS", strconv.FormatUint(r.Stable.Errors, 10)},
		{"HEADGATE_CANDIDATE_REQUESTS", strconv.FormatUint(r.Candidate.Requests, 10)},
		{"HEADGATE_CANDIDATE_ERRORS", strconv.FormatUint(r.Candidate.Errors, 10)},
	}
	if b := r.Baseline; b != nil {
		all = append(all, Variable{"HEADGATE_BASELINE_REQUESTS", strconv.FormatUint(b.Requests, 10)},
			Variable{"HEADGATE_BASELINE_ERRORS", strconv.FormatUint(b.Errors, 10)})
	}
	out := all[:0]
	for _, v := range all {
		if safe.MatchString(v.Value) {
			out = append(out, v)
		}
	}
	return out
}

// Write writes one variable a line.
func Write(w io.Writer, r report.Result, exitCode int) error {
	for _, v := range Variables(r, exitCode) {
		if _, err := fmt.Fprintf(w, "%s=%s\n", v.Name, v.Value); err != nil {
			return err
		}
	}
	return nil
}
