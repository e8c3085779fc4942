package rollout

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

// Rollout is one execution of a Release.
type Rollout struct {
	deps   Deps
	state  *State
	record *journal.Record
	steps  []Step
	meter  *meter
	panel  *gate.Panel
	// beside guards the panel while a wait for Pods is watched.
	beside sync.Mutex
	// learnt says that the gates know how stable's errors come, from a former driver.
	learnt bool
	// hurry is set by `headgate promote`: gates and pauses are skipped.
	hurry bool
	// limit bounds the whole; it stands still while a person is waited for.
	limit *limit
	// untouched says that the step which updates stable has not begun with it yet.
	untouched bool
	// span is what both witnesses count in now; nil before there is one.
	span *span
	// left says that the candidate's Pods were taken out of their Services.
	left bool
	// unsighted says that the last read of the metrics failed.
	unsighted bool
	// refused says that the candidate's answers of 4xx were told of.
	refused bool
	// joining says that Pods may be joining the candidate.
	joining bool
	// saved is when the Journal was last written.
	saved time.Time
	// ours are the record that was last known to be written, and those since
	// whose answer has not come.
	ours [][]byte
	next boundary
	// was is what was counted at the weight before the one that was set last.
	was moved
}

// New takes a Rollout up where its state says it stands. record is the Journal
// entry it will write; a fresh one for a new Rollout.
func New(deps Deps, state *State, record *journal.Record) (*Rollout, error) {
	r := &Rollout{deps: deps, state: state, record: record, meter: newMeter(deps.Reader), panel: gate.NewPanel(deps.Gates...)}
	if state.Settings.Warmup > 0 {
		if err := r.panel.WarmUp(state.Settings.WarmupErrors); err != nil {
			state.warn(fmt.Sprintf("fresh Pods have no limit of their own while they warm up: %v", err))
		}
	}
	if record.Data != nil {
		r.ours = [][]byte{record.Data}
	}
	r.recall()
	for _, s := range state.Steps {
		step, err := s.Spec.Build()
		if err != nil {
			return nil, err
		}
		r.steps = append(r.steps, step)
	}
	return r, nil
}

// Run goes on from the current step until the Rollout is promoted, rolled back
// or held. The Result is complete whatever happens; the error is for what kept
// the Rollout from ending cleanly.
func (r *Rollout) Run(ctx context.Context) (report.Result, error) {
	if r.state.GoingBack {
		return r.GoBack(ctx, r.state.Reason)
	}
	if r.state.Why != "" && !r.committed() { // it was being put back when its driver went away
		return r.Rollback(ctx, r.state.Reason)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.limit = newLimit(r.state.Settings.Total, func() { cancel(ErrTimeout) })
	defer r.limit.stop()
	r.limit.hold(r.state.Phase == Paused)
	if r.state.Phase == Held {
		r.rewind()
	}
	if r.state.Phase != Paused { // which holds until something else is said
		r.state.Phase, r.state.Reason, r.state.Next = Running, "", ""
	}
	r.state.Finished = time.Time{}
	r.meter.begin(r.state.Totals)
	if err := r.save(ctx); err != nil {
		return r.end(ctx, err)
	}
	if err := r.watched(ctx); err != nil {
		return r.end(ctx, err)
	}
	r.learn(ctx)
	r.sightFirst(ctx, firstLook)
	for r.state.Current < len(r.steps) {
		if r.committed() {
			ctx = context.WithoutCancel(ctx)
		}
		if err := r.do(ctx); err != nil {
			return r.end(ctx, err)
		}
		r.state.Current++
	}
	return r.finish(ctx, EndPromoted, r.passed())
}

// committed says that stable serves the new version to everybody: from here
// the way out is forward.
func (r *Rollout) committed() bool { return r.state.Committed }

// returned says that the routes were about to be put back, or have been, with
// stable on the new version, when the former driver was cut short.
func (r *Rollout) returned() bool {
	return r.restoring() && r.state.Why == "" && r.state.Current < len(r.steps) && r.current().Spec.Kind == KindReturn
}

func (r *Rollout) passed() string {
	if r.hurry {
		return errAskedPromote.Error()
	}
	switch {
	case r.unseen():
		return "every step was done; " + nothingSeen
	case len(r.deps.Gates) == 0:
		return "every step was done; the release has no gates"
	default:
		return "every gate passed"
	}
}

// Hurry skips the gates and pauses that are still to come.
func (r *Rollout) Hurry() {
	r.hurry = true
	r.Unpause()
}

// Unpause ends a pause that a person asked for, and the wait for an approval.
func (r *Rollout) Unpause() {
	r.limit.hold(false)
	if r.state.Phase.forPerson() {
		r.state.Phase, r.state.Reason, r.state.Next = Running, "", ""
	}
}

// standBy notes that nothing goes on until a person says so, and what to type.
func (r *Rollout) standBy(p Phase, reason, next string) {
	r.limit.hold(true)
	r.state.Phase, r.state.Reason, r.state.Next = p, reason, next
}

// Rollback undoes everything, whatever was done so far.
func (r *Rollout) Rollback(ctx context.Context, reason string) (report.Result, error) {
	if r.state.GoingBack {
		return r.GoBack(ctx, r.state.Reason)
	}
	if r.committed() || r.returned() { // too late: only the clean-up is left
		return r.Run(ctx)
	}
	r.state.Finished = time.Time{}
	r.meter.begin(r.state.Totals)
	r.sightFirst(ctx, hastyLook)
	return r.undo(ctx, EndRollback, reason)
}

// do runs the current step with its intent and its outcome in the Journal.
func (r *Rollout) do(ctx context.Context) error {
	step, rec := r.steps[r.state.Current], r.current()
	if _, ok := step.(settled); ok && r.hurry {
		rec.Record.Status, rec.Record.Detail = report.Done, "skipped: "+errAskedPromote.Error()
		return nil
	}
	if rec.Started.IsZero() {
		rec.Started = time.Now().UTC()
	}
	rec.Record.Status = report.Running
	if err := r.save(ctx); err != nil {
		return err
	}
	r.emit(EventBegin, "", nil)
	err := r.whenGoing(ctx, step)
	if errors.Is(err, errAskedPromote) {
		r.Hurry()
		err = nil
		rec.Record.Detail = errAskedPromote.Error()
	}
	rec.Finished = time.Now().UTC()
	rec.Record.Seconds = rec.Finished.Sub(rec.Started).Seconds()
	if err != nil {
		rec.Record.Logs = logsOf(err)
		kind := EventStopped
		if rec.Record.Status = report.Stopped; failed(ctx, err) {
			rec.Record.Status, kind = report.Failed, EventFailed
		}
		r.emit(kind, reasonOf(ctx, err), nil)
		return err
	}
	rec.Record.Status = report.Done
	r.emit(EventDone, rec.Record.Detail, nil)
	return nil
}

func (r *Rollout) current() *StepState { return &r.state.Steps[r.state.Current] }

// end brings a Rollout that met an error to its ending.
func (r *Rollout) end(ctx context.Context, err error) (report.Result, error) {
	reason := reasonOf(ctx, err)
	switch ending := endingOf(ctx, err); ending {
	case endLeave:
		if cause := context.Cause(ctx); errors.Is(cause, journal.ErrFenced) {
			err = errors.Join(cause, err)
		}
		return r.result(report.Unfinished, reason), err
	case EndHold:
		return r.hold(ctx, err)
	default:
		if r.committed() {
			return r.hold(ctx, &HoldError{Reason: "the new version serves everybody, but " + reason, Next: fmt.Sprintf("`headgate resume %s -n %s` finishes the clean-up", r.state.Release, r.state.Namespace)})
		}
		return r.undo(ctx, ending, reason)
	}
}

// finish writes the last record.
func (r *Rollout) finish(ctx context.Context, ending Ending, reason string) (report.Result, error) {
	r.state.Phase, r.state.Reason = Phase(ending), reason
	res, err := r.conclude(context.WithoutCancel(ctx))
	if err != nil {
		return res, fmt.Errorf("the rollout ended (%s), but its record could not be written: %w", ending, err)
	}
	return res, nil
}

// conclude writes down where this process leaves the Rollout, and tells of it.
func (r *Rollout) conclude(ctx context.Context) (report.Result, error) {
	r.state.Finished = time.Now().UTC()
	r.log(Event{Time: time.Now(), Kind: EventFinished, Text: string(r.state.Phase) + ": " + r.state.Reason})
	err := r.save(ctx)
	verdict := report.Verdict(r.state.Phase)
	if r.state.Phase == RollingBack { // a watchdog, or whoever takes over, goes on with it
		verdict = report.Held
	} else if err == nil {
		r.unwatched(ctx)
	}
	res := r.result(verdict, r.state.Reason)
	r.deps.notify(Event{Time: time.Now(), Kind: EventFinished, Text: r.state.Reason, Total: len(r.steps), Index: r.state.Current, Weight: r.state.Weight, Result: &res})
	return res, err
}

func (d Deps) notify(e Event) {
	if d.Observe != nil {
		d.Observe(e)
	}
}
