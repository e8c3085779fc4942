package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/ci"
	"github.com/headgate-ci/headgate/modules/report/folder"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// Reporting is the flag of commands that end with a result.
type Reporting struct {
	Report string `placeholder:"DIR" type:"path" help:"Keep the result in this folder as report.json, report.md, report.html, junit.xml, metrics.txt and headgate.env; written from the start on, so that a killed job has it too."`
}

// reporter keeps the report's folder up to date while a Rollout is under way,
// and hands the result over at its end.
type reporter struct {
	env    *Env
	format format
	folder *folder.Folder // nil where none was asked for
	known  report.Result
	wrote  time.Time
	// untold leaves out of a result what was told already.
	untold func(report.Result) report.Result
}

// refresh is how often the folder is brought up to date between events.
const refresh = 10 * time.Second

// begin begins a report about a release.
func (c Reporting) begin(g *Globals, env *Env, namespace, name string) (*reporter, error) {
	r := &reporter{env: env, format: g.Output, untold: g.untold, known: report.Result{Namespace: namespace, Release: name, Verdict: report.Unfinished, Started: time.Now().UTC(), Steps: []report.Step{}}}
	if c.Report == "" {
		return r, nil
	}
	var err error
	if r.folder, err = folder.Open(c.Report); err != nil {
		return nil, err
	}
	return r, r.write(r.known, report.Unfinished.ExitCode())
}

// watch is an observer that also keeps the report.
func (r *reporter) watch(next func(rollout.Event)) func(rollout.Event) {
	if r.folder == nil {
		return next
	}
	return func(e rollout.Event) {
		next(e)
		if e.SoFar == nil || e.Kind == rollout.EventLook && time.Since(r.wrote) < refresh {
			return
		}
		r.known, r.wrote = e.SoFar(), time.Now()
		// What cannot be written now is told at the end.
		_ = r.write(r.known, r.known.Verdict.ExitCode())
	}
}

// conclude hands a result over: on standard output, in the folder and to the CI
// system. err is what the command ends with, and is returned.
func (r *reporter) conclude(res report.Result, err error) error {
	perr := r.format.print(r.env.Stdout, res, textOf(r.env.screen(), r.untold(res)))
	if unread(perr) { // which says nothing of the rollout
		perr = nil
	}
	return r.hand(res, err, perr)
}

// untold is the result without the warnings that were told as they came.
func (g *Globals) untold(res report.Result) report.Result {
	if g.Progress != "none" {
		res.Warnings = nil
	}
	return res
}

// failed reports what ended a command before it had a result.
func (r *reporter) failed(err error) error {
	if err == nil {
		return nil
	}
	res := r.known
	res.Verdict, res.Reason, res.Finished = report.Errored, err.Error(), time.Now().UTC()
	res.Seconds = res.Finished.Sub(res.Started).Seconds()
	if r.format != "text" {
		return r.conclude(res, err)
	}
	return r.hand(res, err, nil)
}

// hand hands a result over but for standard output; perr is what became of that.
func (r *reporter) hand(res report.Result, err, perr error) error {
	code := codeOf(err)
	for _, werr := range []error{perr, r.write(res, code), ci.Publish(r.env.Getenv, r.env.Stderr, res, code)} {
		if werr == nil {
			continue
		}
		// The verdict counts more than the paper it is on, but a job that was
		// promised a report must not end as if it had one.
		_, _ = fmt.Fprintln(r.env.Stderr, "headgate:", werr)
		if err == nil {
			err = &exitError{code: ExitError, err: errors.New("the report could not be written")}
		}
	}
	return err
}

// about names the release once it is known.
func (r *reporter) about(namespace, name string) {
	r.known.Namespace, r.known.Release = namespace, name
}

func (r *reporter) write(res report.Result, code int) error {
	if r.folder == nil {
		return nil
	}
	if res.Verdict == "" {
		res.Verdict = report.Unfinished
	}
	return r.folder.Write(res, code)
}
