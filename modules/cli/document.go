package cli

import (
	"io"
	"strings"

	"github.com/headgate-ci/headgate/modules/report"
)

// document notes whether a command has written its document, so that a machine that
// asked for one gets one also where there is nothing but an error.
type document struct {
	format  format
	out     io.Writer
	written bool
}

// Write passes on.
func (d *document) Write(p []byte) (int, error) {
	d.written = true
	return d.out.Write(p)
}

// failed writes the error as a document where one was asked for and none is
// written.
func (d *document) failed(err error, code int) {
	if d == nil || d.written {
		return
	}
	// What cannot be written is no news beside the error itself.
	_ = d.format.print(d.out, failure{Verdict: report.Errored, Reason: err.Error(), ExitCode: code}, func(io.Writer) error { return nil })
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
func (e *Env) counting(f format) (*Env, *document) {
	if f != "json" && f != "yaml" {
		return e, nil
	}
	d := &document{format: f, out: e.Stdout}
	watched := *e
	watched.Stdout = d
	return &watched, d
}

// formatIn is the format that the arguments ask for, told before they are parsed,
// for that may fail.
func formatIn(args []string) format {
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			return ""
		case (name == "--output" || name == "-o") && joined:
			return format(value)
		case (arg == "--output" || arg == "-o") && i+1 < len(args):
			return format(args[i+1])
		case strings.HasPrefix(arg, "-o") && !strings.HasPrefix(arg, "--"):
			return format(arg[2:])
		}
	}
	return ""
}
