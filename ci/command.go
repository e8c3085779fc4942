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
	resultFile = "/tmp/result.json"
)

// command is one run of the headgate program.
type command struct {
	// name of the command, as its errors begin.
	name string
	args []string
	// of is the positional argument, if there is one.
	of string
	// files are mounted as the working directory; nil for none.
	files *dagger.Directory
	// report asks for the report's files.
	report bool
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
	args := append([]string{programPath, cmd.name}, cmd.args...)
	args = append(args, "--output", "json", "--progress", "plain")
	if cmd.report {
		ctr = ctr.WithDirectory(reportDir, dag.Directory())
		args = append(args, "--report", reportDir)
	}
	if cmd.of != "" {
		args = append(args, "--", cmd.of)
	}
	started := time.Now()
	ctr = ctr.WithExec(args, dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny, RedirectStdout: resultFile})
	code, err := ctr.ExitCode(ctx)
	if err != nil {
		return nil, err
	}
	doc, err := ctr.File(resultFile).Contents(ctx)
	if err != nil {
		return nil, err
	}
	log, err := ctr.Stderr(ctx)
	if err != nil {
		return nil, err
	}
	if !json.Valid([]byte(doc)) {
		return nil, fmt.Errorf("%s: %w", cmd.name, lastWords(log, code))
	}
	res := &Result{Name: cmd.name, ExitCode: code, Seconds: time.Since(started).Seconds(), Document: doc}
	if cmd.report {
		res.Files = ctr.Directory(reportDir)
	}
	return res, res.tell(ctx, log)
}

// tell fills in what a person reads: the report's summary where there is one.
func (r *Result) tell(ctx context.Context, log string) error {
	var doc struct {
		Verdict string `json:"verdict"`
		Reason  string `json:"reason"`
		Summary string `json:"summary"`
	}
	// A document of another shape has no verdict of its own.
	_ = json.Unmarshal([]byte(r.Document), &doc)
	r.Verdict, r.Summary = doc.Verdict, doc.Summary
	if r.Verdict == "" {
		r.Verdict = verdictOf(r.ExitCode)
	}
	if r.Summary == "" {
		r.Summary = doc.Reason
	}
	if r.Files != nil {
		for _, name := range []string{"summary.txt", "summary", "report.txt"} {
			if ok, err := r.Files.Exists(ctx, name); err != nil || !ok {
				continue
			}
			text, err := r.Files.File(name).Contents(ctx)
			if err != nil {
				return err
			}
			r.Summary = strings.TrimRight(text, "\n")
			break
		}
	}
	if r.Summary == "" {
		r.Summary = tail(log)
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
