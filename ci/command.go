package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

const (
	reportDir  = "/report"
	outputFile = "/tmp/output"
)

// command is one run of the headgate program.
type command struct {
	// name of the command, as its errors begin.
	name string
	args []string
	// of is the positional argument, if there is one.
	of string
	// beside is a command of the user's that runs meanwhile, where the program
	// takes one.
	beside []string
	// files are mounted as the working directory; nil for none.
	files *dagger.Directory
	// report asks for the report's files; what is printed is then for a person.
	report bool
	// worded asks for what is printed for a person too, of a command that only
	// looks: it runs twice.
	worded bool
	// told is for a command that says one sentence, in no format.
	told bool
}

// headgate runs the program against the cluster. That it ended with a verdict,
// whichever, is a Result; that it could not do its work is an error.
func (c *Cluster) headgate(ctx context.Context, cmd command) (*Result, error) {
	return cmd.run(ctx, c.Container(nil))
}

func (cmd command) run(ctx context.Context, ctr *dagger.Container) (*Result, error) {
	if cmd.files != nil {
		ctr = ctr.WithMountedDirectory(workDir, cmd.files)
	}
	if cmd.report {
		ctr = ctr.WithDirectory(reportDir, dag.Directory())
	}
	started := time.Now()
	ctr = ctr.WithExec(cmd.line(), dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny, RedirectStdout: outputFile})
	code, err := ctr.ExitCode(ctx)
	if err != nil {
		return nil, err
	}
	out, err := ctr.File(outputFile).Contents(ctx)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(out) == "" {
		return cmd.silent(ctx, ctr, code, started)
	}
	res := &Result{Name: cmd.name, ExitCode: code, Seconds: time.Since(started).Seconds(), Summary: out, Document: out}
	if cmd.told {
		res.Document = ""
	}
	if err := cmd.reported(ctx, ctr, res); err != nil {
		return nil, err
	}
	if cmd.worded {
		again := ctr.WithExec(cmd.in("text"), dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny})
		if res.Summary, err = again.Stdout(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", cmd.name, err)
		}
	}
	return res, res.judge()
}

// reported adds the report's files, if they were asked for. A command that only
// leaves a request with a driver writes none.
func (cmd command) reported(ctx context.Context, ctr *dagger.Container, res *Result) error {
	if !cmd.report {
		return nil
	}
	const doc = "report.json"
	res.Files, res.Document = ctr.Directory(reportDir), ""
	written, err := res.Files.Exists(ctx, doc)
	if err == nil && written {
		res.Document, err = res.Files.File(doc).Contents(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: read the report: %w", cmd.name, err)
	}
	return nil
}

// silent is for a run that printed no result: there was nothing to do, such as
// to plan a version that runs already, somebody else has to end something first,
// or it has failed.
func (cmd command) silent(ctx context.Context, ctr *dagger.Container, code int, started time.Time) (*Result, error) {
	log, err := ctr.Stderr(ctx)
	if err != nil {
		return nil, err
	}
	said := lastWords(log, code)
	if !decided(code) {
		return nil, fmt.Errorf("%s: %w", cmd.name, said)
	}
	res := &Result{Name: cmd.name, ExitCode: code, Seconds: time.Since(started).Seconds(), Summary: said.Error()}
	if err := cmd.reported(ctx, ctr, res); err != nil {
		return nil, err
	}
	return res, res.judge()
}

// decided tells the exit codes that say how something stands from those of a
// program that could not do its work.
func decided(code int) bool {
	switch code {
	case 0, 3, 4, 5:
		return true
	default:
		return false
	}
}

// line is the command line.
func (cmd command) line() []string {
	if cmd.report {
		return cmd.in("text", "--report", reportDir)
	}
	return cmd.in("json")
}

// in is the command line for a format.
func (cmd command) in(format string, more ...string) []string {
	line := append([]string{programPath, cmd.name}, cmd.args...)
	line = append(line, "--output", format)
	line = append(line, more...)
	line = append(line, "--progress", "plain")
	switch {
	case cmd.of != "":
		return append(line, "--", cmd.of)
	case len(cmd.beside) > 0:
		return append(append(line, "--"), cmd.beside...)
	default:
		return line
	}
}

// judge takes the verdict out of the document, or words the exit code.
func (r *Result) judge() error {
	if r.Document == "" {
		r.Verdict = verdictOf(r.ExitCode)
		return nil
	}
	if !json.Valid([]byte(r.Document)) {
		return fmt.Errorf("%s: its result is not JSON: %s", r.Name, tail(r.Document))
	}
	var doc struct {
		Verdict string `json:"verdict"`
	}
	// A list has no verdict of its own.
	_ = json.Unmarshal([]byte(r.Document), &doc)
	if r.Verdict = doc.Verdict; r.Verdict == "" {
		r.Verdict = verdictOf(r.ExitCode)
	}
	return nil
}

// verdictOf words an exit code where the document has no verdict.
func verdictOf(code int) string {
	switch code {
	case 0:
		return "passed"
	case 4:
		return "inconclusive"
	case 5:
		return "aborted"
	default:
		return "failed"
	}
}

// lastWords is the program's error out of all that it has said: what follows
// its name, and nothing of the progress before it.
func lastWords(log string, code int) error {
	const marker = "headgate: "
	log = strings.TrimRight(log, "\n")
	if strings.HasPrefix(log, marker) {
		return errors.New(log[len(marker):])
	}
	if i := strings.LastIndex(log, "\n"+marker); i >= 0 {
		return errors.New(log[i+1+len(marker):])
	}
	if log == "" {
		return fmt.Errorf("ended with exit code %d and said nothing", code)
	}
	return errors.New(tail(log))
}
