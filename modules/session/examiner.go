package session

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// trailing is how long after the work's end its requests may still be on their
// way into the counters: proxies bring their histograms up to date every five
// seconds.
const trailing = 6 * time.Second

// patience bounds the wait for a source whose samples are older than that.
const patience = 45 * time.Second

const interrupted = "interrupted before the gates had decided"

// examiner is an Exam under way.
type examiner struct {
	exam    Exam
	reader  rollout.Reader
	panel   *gate.Panel
	since   time.Time // the version that is judged has served
	last    evidence.Reading
	seen    evidence.Evidence
	said    []gate.Verdict
	res     report.Result
	step    *report.Step // the gates'
	working *report.Step // the work's; nil without any
	unread  bool
}

func newExaminer(e Exam, reader rollout.Reader, gates []gate.Gate) *examiner {
	x := &examiner{exam: e, reader: reader, panel: gate.NewPanel(gates...)}
	name := report.StrategyVerify
	if e.Compare {
		name = report.StrategyGate
	}
	x.res = report.Result{ID: randomID(), Strategy: name, Started: time.Now().UTC(), Verdict: report.Unfinished, Steps: []report.Step{}}
	if e.Work != nil {
		x.working = &report.Step{Name: e.Work.Name, Status: report.Running}
	}
	x.step = &report.Step{Name: name, Status: report.Running}
	return x
}

// run looks until there is a verdict.
func (x *examiner) run(ctx context.Context) (*report.Result, error) {
	x.panel.NextStep(0)
	if w, ok := x.reader.(metrics.Windowed); ok {
		w.Window(x.since, x.res.Started)
	}
	x.emit(rollout.Event{Kind: rollout.EventBegin})
	if err := x.base(ctx); err != nil {
		return nil, err
	}
	work := x.begin(ctx)
	for {
		select {
		case <-ctx.Done():
			if work != nil { // it has been told to end, and does
				x.worked(<-work)
			}
			return x.end(report.Aborted, interrupted), nil
		case o := <-work:
			if o.err != nil {
				return nil, o.err
			}
			x.worked(o)
			return x.settle(ctx)
		case <-time.After(x.exam.Interval):
		}
		x.look(ctx)
		if x.working == nil && (gate.All(x.said) != gate.Inconclusive || time.Since(x.res.Started) >= x.exam.For) {
			return x.judge(), nil
		}
	}
}

// outcome is how the work ended.
type outcome struct {
	ok     bool
	detail string
	err    error
}

// begin has the work done beside the looks; the channel tells of its end.
func (x *examiner) begin(ctx context.Context) <-chan outcome {
	if x.exam.Work == nil {
		return nil
	}
	done := make(chan outcome, 1)
	go func() {
		ok, detail, err := x.exam.Work.Do(ctx)
		done <- outcome{ok, detail, err}
	}()
	return done
}

// worked notes how the work ended.
func (x *examiner) worked(o outcome) {
	w := x.working
	w.Status, w.Detail, w.Seconds = report.Done, o.detail, time.Since(x.res.Started).Seconds()
	if !o.ok {
		w.Status = report.Failed
	}
}

// settle looks on until the work's last requests are in the counters.
func (x *examiner) settle(ctx context.Context) (*report.Result, error) {
	ended := time.Now()
	for x.last.Fresh.Before(ended.Add(trailing)) && time.Since(ended) < patience {
		select {
		case <-ctx.Done():
			return x.end(report.Aborted, interrupted), nil
		case <-time.After(min(x.exam.Interval, time.Second)):
		}
		x.look(ctx)
	}
	return x.judge(), nil
}

// base takes the reading that looks are counted from.
func (x *examiner) base(ctx context.Context) error {
	var err error
	x.last, err = x.reader.Read(ctx)
	if err != nil {
		return fmt.Errorf("read metrics: %w", err)
	}
	return nil
}

func (x *examiner) look(ctx context.Context) {
	lctx, cancel := context.WithTimeout(ctx, max(5*time.Second, x.exam.Interval))
	defer cancel()
	reading, err := x.reader.Read(lctx)
	var delta evidence.Evidence
	p := report.Point{At: time.Now().UTC(), Unread: true}
	if err == nil {
		delta = x.onTrial(reading.Since(x.last))
		x.last, x.seen, p = reading, x.seen.Add(delta), report.PointOf(delta)
	}
	x.tell(err)
	x.said = x.panel.Look(delta)
	p.Step, p.Anew, p.Gates = x.step.Name, len(x.res.Timeline) == 0, x.answers()
	x.res.Timeline = x.res.Timeline.Add(p)
	took := time.Since(x.res.Started)
	x.emit(rollout.Event{Kind: rollout.EventLook, Look: &rollout.Look{Evidence: x.seen, Verdicts: x.said, Elapsed: took, Max: x.exam.For, Alone: !x.exam.Compare}})
}

// onTrial has gates judge all that the service answered, where there is no
// candidate: their limits are asked of a candidate's counts.
func (x *examiner) onTrial(e evidence.Evidence) evidence.Evidence {
	e.OnTrial = x.since
	if !x.exam.Compare {
		e.Candidate, e.Stable = e.Stable.Add(e.Candidate), evidence.Counts{}
	}
	return e
}

// tell warns once of metrics that cannot be read.
func (x *examiner) tell(err error) {
	if err != nil && !x.unread {
		text := fmt.Sprintf("no metrics: %v; this counts neither for nor against", err)
		x.res.Warnings = append(x.res.Warnings, text)
		x.emit(rollout.Event{Kind: rollout.EventWarning, Text: text})
	}
	x.unread = err != nil
}

func (x *examiner) answers() []report.Answer {
	var out []report.Answer
	for i, v := range x.said {
		out = append(out, rollout.AnswerOf(v, x.panel.Trials()[i]))
	}
	return out
}

// judge makes one verdict of the gates' and the work's.
func (x *examiner) judge() *report.Result {
	var open []string
	for _, v := range x.said {
		switch v.Outcome {
		case gate.Fail:
			return x.end(report.GateFailed, x.besides(fmt.Sprintf("gate %s failed: %s", v.Gate, v.Reason)))
		case gate.Inconclusive:
			open = append(open, fmt.Sprintf("gate %s has not decided: %s", v.Gate, v.Reason))
		}
	}
	switch {
	case x.working != nil && x.working.Status == report.Failed:
		return x.end(report.GateFailed, x.besides(""))
	case len(open) > 0 || len(x.said) == 0:
		return x.end(report.GateUndecided, strings.Join(open, "; "))
	}
	return x.end(report.GatePassed, "every gate passed")
}

// besides adds that the work failed, too.
func (x *examiner) besides(reason string) string {
	if x.working == nil || x.working.Status != report.Failed {
		return reason
	}
	failed := x.working.Name + " " + x.working.Detail
	if reason == "" {
		return failed
	}
	return reason + "; " + failed
}

func (x *examiner) end(v report.Verdict, reason string) *report.Result {
	res := x.soFar()
	res.Verdict, res.Reason = v, reason
	for i := range res.Steps {
		if s := &res.Steps[i]; s.Status == report.Running {
			s.Status = report.Done
			switch {
			case s.Name == x.step.Name && gate.All(x.said) == gate.Fail:
				s.Status = report.Failed
			case v == report.Aborted, s.Name == x.step.Name && gate.All(x.said) != gate.Pass:
				s.Status = report.Stopped
			}
		}
	}
	x.emit(rollout.Event{Kind: rollout.EventFinished, Text: reason, Result: &res})
	return &res
}

// soFar is the Result as it stands.
func (x *examiner) soFar() report.Result {
	res, step := x.res, *x.step
	res.Finished = time.Now().UTC()
	res.Seconds = res.Finished.Sub(res.Started).Seconds()
	res.Stable, res.Candidate = report.SideOf(x.seen.Stable), report.SideOf(x.seen.Candidate)
	step.Seconds = res.Seconds
	for i, v := range x.said {
		step.Gates = append(step.Gates, rollout.GateOf(v, x.panel.Gates()[i]))
	}
	if x.exam.Compare {
		if share, ok := x.seen.Share(); ok {
			percent := 100 * share
			step.ObservedShare = &percent
		}
	}
	res.Steps = nil
	if x.working != nil {
		res.Steps = append(res.Steps, *x.working)
	}
	res.Steps = append(res.Steps, step)
	return res
}

func (x *examiner) emit(e rollout.Event) {
	if x.exam.Observe == nil {
		return
	}
	e.Time, e.Step, e.Total, e.Weight, e.SoFar = time.Now(), x.step.Name, 1, -1, x.soFar
	x.exam.Observe(e)
}
