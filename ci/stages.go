package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// stage is a part of a delivery.
type stage struct {
	name string
	do   func(context.Context) (*Result, error)
}

// ended is how a stage ended, as the delivery's JSON has it.
type ended struct {
	Name    string  `json:"name"`
	Verdict string  `json:"verdict"`
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail,omitempty"`
}

// runStages does stages in order until one is not well, or until the last one
// asked for.
func runStages(ctx context.Context, until string, stages []stage) (*Result, error) {
	last := slices.IndexFunc(stages, func(s stage) bool { return s.name == until })
	if last < 0 {
		return nil, errStage
	}
	sum := &Result{Name: "deliver", Verdict: "passed", Files: dag.Directory()}
	var list []ended
	for i, s := range stages {
		if i > last || sum.ExitCode != 0 {
			list = append(list, ended{Name: s.name, Verdict: "not begun"})
			continue
		}
		started := time.Now()
		res, err := s.do(ctx)
		if err != nil {
			res = &Result{Verdict: "failed", ExitCode: 1, Summary: err.Error()}
		}
		e := ended{Name: s.name, Verdict: res.Verdict, Seconds: time.Since(started).Seconds(), Detail: res.Summary}
		list = append(list, e)
		sum.Seconds += e.Seconds
		if err := sum.take(s.name, res); err != nil {
			return nil, err
		}
	}
	return sum, sum.tellStages(list)
}

// take adds a stage's result: its report in a folder of its name, and its
// verdict if that is not well.
func (r *Result) take(name string, res *Result) error {
	files, err := res.Report()
	if err != nil {
		return err
	}
	r.Files = r.Files.WithDirectory(name, files)
	r.Vars = append(r.Vars, res.Vars...)
	if res.ExitCode != 0 {
		r.ExitCode, r.Verdict = res.ExitCode, res.Verdict
	}
	return nil
}

// tellStages is a line a stage, and all that the last one had to say.
func (r *Result) tellStages(list []ended) error {
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	var last ended
	for _, e := range list {
		_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\n", e.Name, e.Verdict, time.Duration(e.Seconds*float64(time.Second)).Round(100*time.Millisecond)) // a Builder takes everything
		if e.Seconds > 0 {
			last = e
		}
	}
	_ = tw.Flush() // as above
	fmt.Fprintf(&b, "\n%s: %s", last.Name, last.Detail)
	r.Summary = b.String()
	doc, err := json.MarshalIndent(map[string]any{
		"name": r.Name, "verdict": r.Verdict, "exitCode": r.ExitCode, "seconds": r.Seconds, "stages": list,
	}, "", "  ")
	r.Document = string(doc)
	return err
}
