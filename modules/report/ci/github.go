package ci

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/dotenv"
	"github.com/headgate-ci/headgate/modules/report/markdown"
)

// Publish hands the Result to GitHub Actions: a summary of the step, outputs
// for later steps (verdict, exit-code, id, …), and annotations on log. Under
// any other system it does nothing; those take files.
func Publish(getenv func(string) string, log io.Writer, r report.Result, exitCode int) error {
	if Detect(getenv) != GitHub {
		return nil
	}
	annotate(log, r, exitCode)
	return errors.Join(
		appendTo(getenv("GITHUB_STEP_SUMMARY"), func(w io.Writer) error { return markdown.Write(w, r) }),
		appendTo(getenv("GITHUB_OUTPUT"), func(w io.Writer) error { return outputs(w, r, exitCode) }),
	)
}

func outputs(w io.Writer, r report.Result, exitCode int) error {
	for _, v := range dotenv.Variables(r, exitCode) {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(v.Name, "HEADGATE_")), "_", "-")
		if _, err := fmt.Fprintf(w, "%s=%s\n", name, v.Value); err != nil {
			return err
		}
	}
	return nil
}

// appendTo adds to a file that GitHub made for the step.
func appendTo(path string, write func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // the runner named it, and reads it
	if err != nil {
		return fmt.Errorf("hand the result to GitHub: %w", err)
	}
	return errors.Join(write(f), f.Close())
}

// annotate writes the verdict and the warnings as annotations. They are workflow
// commands, which GitHub also reads on standard error.
func annotate(w io.Writer, r report.Result, exitCode int) {
	level := "error"
	switch {
	case exitCode == 0:
		level = "notice"
	case r.Verdict.ExitCode() == report.Held.ExitCode():
		level = "warning"
	}
	title := r.Name() + ": " + r.Words()
	_, _ = fmt.Fprintf(w, "::%s title=%s::%s\n", level, property(title), data(orElse(r.Reason, title)))
	for _, s := range r.Warnings {
		_, _ = fmt.Fprintf(w, "::warning title=%s::%s\n", property(r.Name()), data(s))
	}
}

// data and property escape as the toolkit for actions does (escapeData and
// escapeProperty in @actions/core's command.ts): a text cannot begin a command
// of its own.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(report.Clean(s))
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s))
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
