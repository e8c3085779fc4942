package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
	"github.com/headgate-ci/headgate/ci/internal/hints"
)

const (
	reportDir  = "/report"
	outputFile = "/tmp/output"
	// document is the report's, and that of a command that makes no report.
	document = "report.json"
)

// command is one run of the headgate program. What it prints is for a person,
// since the log shows it; the JSON is in a file.
type command struct {
	// name of the command.
	name string
	// function that it is, as errors begin, where that has another name.
	function string
	args     []string
	// of is the positional argument, if there is one.
	of string
	// beside is a command of the user's that runs meanwhile, where the program
	// takes one.
	beside []string
	// files are mounted as the working directory; nil for none.
	files *dagger.Directory
	// report asks for the report's files.
	report bool
	// silence is what it means that nothing is printed and all is well.
	silence string
	// kept: the cluster keeps the report, too.
	kept bool
	// allowFailure hands a bad verdict over as a Result.
	allowFailure bool
}

// headgate runs the program against the cluster. A bad verdict is an error unless
// that is allowed; that the program could not do its work always is.
func (c *Cluster) headgate(ctx context.Context, cmd command) (*Result, error) {
	return cmd.run(ctx, c.Container(nil))
}

func (cmd command) run(ctx context.Context, ctr *dagger.Container) (*Result, error) {
	res, err := cmd.result(ctx, ctr)
	if err != nil {
		return nil, err
	}
	return res.unless(cmd.allowFailure, cmd.kept)
}

func (cmd command) result(ctx context.Context, ctr *dagger.Container) (*Result, error) {
	if cmd.files != nil {
		ctr = ctr.WithMountedDirectory(workDir, cmd.files)
	}
	ctr = ctr.WithDirectory(reportDir, dag.Directory())
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
	log, err := ctr.Stderr(ctx)
	if err != nil {
		return nil, err
	}
	res := &Result{Name: cmd.called(), ExitCode: code, Seconds: time.Since(started).Seconds()}
	if res.Summary, err = cmd.summary(out, log, code); err != nil {
		return nil, err
	}
	if err := cmd.document(ctx, ctr, res); err != nil {
		return nil, fmt.Errorf("%s: read the report: %w", cmd.called(), err)
	}
	return res, res.judge()
}

// called is how the caller knows it.
func (cmd command) called() string { return cmp.Or(cmd.function, cmd.name) }

// summary is what was printed, and what the program ended with. A run that printed
// nothing had nothing to do, has to wait for somebody else, or has failed, which
// is the error.
func (cmd command) summary(out, log string, code int) (string, error) {
	if out = strings.TrimRight(out, "\n"); out == "" {
		if code == 0 && cmd.silence != "" {
			return cmd.silence, nil
		}
		said := lastWords(log, code)
		if !decided(code) {
			return "", fmt.Errorf("%s: %w", cmd.called(), said)
		}
		return said.Error(), nil
	}
	if said, ok := complaint(log); ok && code != 0 {
		out += "\n" + said
	}
	return hints.Said(out) + "\n", nil
}

// document takes the report's files, if they were asked for, and the JSON. A
// command that only leaves a request with a driver writes neither.
func (cmd command) document(ctx context.Context, ctr *dagger.Container, res *Result) error {
	written := ctr.Directory(reportDir)
	var err error
	if res.Document, err = textOf(ctx, written, document); err != nil || !cmd.report {
		return err
	}
	const forPeople = "report.md"
	md, err := textOf(ctx, written, forPeople)
	if err != nil {
		return err
	}
	if md != "" {
		written = written.WithNewFile(forPeople, hints.Said(md))
	}
	res.Files = written
	return nil
}

// textOf is a file's content, empty where there is no such file.
func textOf(ctx context.Context, dir *dagger.Directory, name string) (string, error) {
	ok, err := dir.Exists(ctx, name)
	if err != nil || !ok {
		return "", err
	}
	return dir.File(name).Contents(ctx)
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
	line := append([]string{programPath, cmd.name}, cmd.args...)
	line = append(line, "--output", "text", "--progress", "plain")
	if cmd.report {
		line = append(line, "--report", reportDir)
	} else {
		line = append(line, "--json-file", path.Join(reportDir, document))
	}
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

// lastWords is the program's error out of all that it has said.
func lastWords(log string, code int) error {
	if said, ok := complaint(log); ok {
		return errors.New(said)
	}
	if log = strings.TrimRight(log, "\n"); log == "" {
		return fmt.Errorf("ended with exit code %d and said nothing", code)
	}
	return errors.New(hints.Said(tail(log)))
}

// complaint is what follows the program's name, and nothing of the progress
// before it.
func complaint(log string) (said string, ok bool) {
	const marker = "headgate: "
	log = strings.TrimRight(log, "\n")
	if strings.HasPrefix(log, marker) {
		return hints.Said(log[len(marker):]), true
	}
	if i := strings.LastIndex(log, "\n"+marker); i >= 0 {
		return hints.Said(log[i+1+len(marker):]), true
	}
	return "", false
}
