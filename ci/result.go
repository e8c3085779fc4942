package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/ci/internal/counted"
	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Result of something that was done, good or bad.
type Result struct {
	// Name of what was done.
	Name string
	// Verdict in one word, such as passed, failed, promoted or rolledBack.
	//
	// Of tests and deployments passed or failed; of gates inconclusive too; of a
	// rollout promoted, rolledBack, held or aborted, unchanged where that version
	// served already, unfinished where the process did not live to end it, error
	// where it could not begin.
	Verdict string
	// Exit code that a script should end with.
	//
	// 0 as asked, 1 error, 3 rolled back or a gate failed, 4 inconclusive, held or
	// somebody else's turn, 5 timed out or aborted.
	ExitCode int
	// Seconds that it took.
	Seconds float64
	// Summary for a person: the verdict, why, and the figures.
	Summary string
	// +private
	Document string
	// +private
	Files *dagger.Directory
	// +private
	Vars []string
}

// The whole result as one JSON document.
func (r *Result) Json() (string, error) { //nolint:revive // JSON would be called "j-son" in the CLI
	if r.Document != "" {
		return r.Document, nil
	}
	data, err := json.MarshalIndent(map[string]any{
		"name": r.Name, "verdict": r.Verdict, "exitCode": r.ExitCode, "seconds": r.Seconds, "summary": r.Summary,
	}, "", "  ")
	return string(data), err
}

// The result as a folder of files, for export --path DIR.
//
// In it are report.json, summary.txt, exit-code, headgate.env for the jobs that
// follow, metrics.txt, and, of a rollout, report.md, report.html and junit.xml.
func (r *Result) Report() (*dagger.Directory, error) {
	doc, err := r.Json()
	if err != nil {
		return nil, err
	}
	own := dag.Directory().
		WithNewFile("summary.txt", strings.TrimRight(r.Summary, "\n")+"\n").
		WithNewFile("report.json", strings.TrimRight(doc, "\n")+"\n").
		WithNewFile("exit-code", strconv.Itoa(r.ExitCode)+"\n").
		WithNewFile("headgate.env", r.dotenv()).
		WithNewFile("metrics.txt", fmt.Sprintf("headgate_rollout_seconds %.1f\nheadgate_verdict_exit_code %d\n# EOF\n", r.Seconds, r.ExitCode))
	if r.Files == nil {
		return own, nil
	}
	// The program's own files know more.
	return own.WithDirectory(".", r.Files), nil
}

// Summary of a good result; fails for a bad one, and says why.
func (r *Result) Assert() (string, error) {
	if r.ExitCode == 0 {
		return r.Summary, nil
	}
	return "", r.failure("")
}

// unless is the result, or an error where its verdict is bad and that is not
// allowed. kept: the cluster has the report.
func (r *Result) unless(allowed, kept bool) (*Result, error) {
	if allowed || r.ExitCode == 0 {
		return r, nil
	}
	return nil, r.failure("\n" + r.whereReport(kept))
}

func (r *Result) failure(advice string) error {
	return fmt.Errorf("%s: %s (exit code %d)\n%s%s", r.Name, r.Verdict, r.ExitCode, strings.TrimRight(r.Summary, "\n"), advice)
}

// whereReport says how to get the report of what ended badly.
func (r *Result) whereReport(kept bool) string {
	const again = "with --allow-failure the same call hands its report over, such as by `--allow-failure report export --path headgate-report`"
	var doc struct{ Release, Namespace, Verdict string }
	_ = json.Unmarshal([]byte(r.Document), &doc) // which a list is not
	if !kept || doc.Release == "" || doc.Namespace == "" || doc.Verdict == "error" {
		return again
	}
	return fmt.Sprintf("the cluster keeps the report: `dagger call … status --name %s --namespace %s report export --path headgate-report`; %s", doc.Release, doc.Namespace, again)
}

// dotenv is what later jobs may want to know, a NAME=VALUE a line.
func (r *Result) dotenv() string {
	var b strings.Builder
	fmt.Fprintf(&b, "HEADGATE_VERDICT=%s\n", r.Verdict)
	fmt.Fprintf(&b, "HEADGATE_EXIT_CODE=%d\n", r.ExitCode)
	fmt.Fprintf(&b, "HEADGATE_SECONDS=%.0f\n", r.Seconds)
	for _, v := range r.Vars {
		b.WriteString(v + "\n")
	}
	return b.String()
}

// tested makes a Result of a container whose tests may have failed; their output
// is the summary. That no test was run is no success, unless that is allowed.
func tested(ctx context.Context, name string, ctr *dagger.Container, started time.Time, noTests bool) (*Result, error) {
	code, err := ctr.ExitCode(ctx)
	if err != nil {
		return nil, err
	}
	out, err := ctr.CombinedOutput(ctx)
	if err != nil {
		return nil, err
	}
	res := &Result{Name: name, Verdict: "passed", ExitCode: code, Seconds: time.Since(started).Seconds(), Summary: tail(out)}
	if code != 0 {
		res.Verdict = "failed"
		res.ExitCode = 1
	}
	res.Files = dag.Directory().WithNewFile("output.txt", out)
	if !noTests {
		res.refuseNone(out)
	}
	return res, nil
}

// refuseNone makes a good result a bad one where no test was run.
func (r *Result) refuseNone(out string) {
	runner := counted.None(out)
	if runner == "" || r.ExitCode != 0 {
		return
	}
	r.Verdict, r.ExitCode = "failed", 1
	r.Summary = strings.TrimRight(r.Summary, "\n") + "\n0 tests were run, says " + runner +
		": is it run where the tests are? A Dockerfile's tests run in its stage test, or in that of --test-target. --allow-no-tests takes this for a success."
}

// with adds a file or folder that a command has written; that it wrote none is
// an error only if it succeeded.
func (r *Result) with(ctx context.Context, ctr *dagger.Container, path string) (*Result, error) {
	if path == "" {
		return r, nil
	}
	isDir, err := ctr.Exists(ctx, path, dagger.ContainerExistsOpts{ExpectedType: dagger.ExistsTypeDirectoryType})
	if err != nil {
		return nil, err
	}
	isFile, err := ctr.Exists(ctx, path)
	switch {
	case err != nil:
		return nil, err
	case isDir:
		r.Files = r.Files.WithDirectory(".", ctr.Directory(path))
	case isFile:
		r.Files = r.Files.WithFile(".", ctr.File(path))
	case r.ExitCode == 0:
		return nil, errors.New("--reports: the command wrote no " + path)
	}
	return r, nil
}

// tail is the end of an output: the whole is in the report.
func tail(out string) string {
	const lines = 40
	all := strings.Split(strings.TrimRight(out, "\n"), "\n")
	if len(all) > lines {
		all = append([]string{fmt.Sprintf("… %d lines are left out here; output.txt of the report has all", len(all)-lines)}, all[len(all)-lines:]...)
	}
	return strings.Join(all, "\n")
}
