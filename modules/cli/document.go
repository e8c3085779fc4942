package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/headgate-ci/headgate/modules/report"
)

// document notes whether a command has written its document, so that a machine that
// asked for one gets one also where there is nothing but an error. With a file it
// keeps the JSON there, beside what a person is shown.
type document struct {
	format  format
	file    string // of --json-file
	out     io.Writer
	written bool
	kept    bool
}

// Write passes on.
func (d *document) Write(p []byte) (int, error) {
	d.written = true
	return d.out.Write(p)
}

// keep writes the file, where one was asked for.
func (d *document) keep(v any) error {
	if d.file == "" {
		return nil
	}
	d.kept = true
	var b bytes.Buffer
	if err := report.JSON(&b, v); err != nil {
		return err
	}
	if err := os.WriteFile(d.file, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("--json-file: %w", err)
	}
	return nil
}

// failed writes the error as a document where one was asked for and none is
// written.
func (d *document) failed(err error, code int) {
	if d == nil {
		return
	}
	f := failure{Verdict: report.Errored, Reason: err.Error(), ExitCode: code}
	// What cannot be written is no news beside the error itself.
	if !d.kept {
		_ = d.keep(f)
	}
	if !d.written && d.format.machine() {
		_ = d.format.print(d.out, f, func(io.Writer) error { return nil })
	}
}

// failure is the document of a command that has nothing else to tell; it reads
// as a rollout's result does.
type failure struct {
	Verdict  report.Verdict `json:"verdict"`
	Reason   string         `json:"reason"`
	ExitCode int            `json:"exitCode"`
}

// counting is the environment whose standard output is watched. Where no
// document is asked for it stays the process's own, which programs that are run
// may need as it is.
func (e *Env) counting(f format, file string) (*Env, *document) {
	if !f.machine() && file == "" {
		return e, nil
	}
	d := &document{format: f, file: file, out: e.Stdout}
	watched := *e
	watched.Stdout = d
	return &watched, d
}

// formatIn is the format that the arguments ask for, told before they are parsed,
// for that may fail.
func formatIn(args []string) format {
	for _, arg := range args {
		if arg == "--" {
			break
		}
		if strings.HasPrefix(arg, "-o") && !strings.HasPrefix(arg, "--") && len(arg) > 2 {
			return format(strings.TrimPrefix(arg[2:], "="))
		}
	}
	return format(valueIn(args, "--output", "-o"))
}

// jsonFileIn is the file of --json-file, told likewise.
func jsonFileIn(args []string) string { return valueIn(args, "--json-file") }

// valueIn is the value of the first flag of these names.
func valueIn(args []string, names ...string) string {
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			return ""
		case slices.Contains(names, name) && joined:
			return value
		case slices.Contains(names, arg) && i+1 < len(args):
			return args[i+1]
		}
	}
	return ""
}
