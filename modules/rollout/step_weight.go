package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// weightStep moves traffic and waits until the data plane has followed.
type weightStep struct {
	weights traffic.Weights
	part    float64
}

func (s weightStep) Name() string { return percentName("weight", s.weights.Candidate) }

func (s weightStep) Do(ctx context.Context, r *Rollout) error {
	before := r.state.Weight
	if err := r.closing(ctx); err != nil {
		return err
	}
	if before == 0 && !r.hurry {
		if err := r.strays(ctx); err != nil {
			return err
		}
	}
	r.recount(ctx)
	r.nextStep(s.part)
	if err := r.setWeight(ctx, s.weights); err != nil {
		return err
	}
	return r.confirm(ctx, before, s.weights.Candidate)
}

// setWeight keeps the intent in the Journal before the route changes: after a
// crash in between, the routes are assumed to be moved.
func (r *Rollout) setWeight(ctx context.Context, w traffic.Weights) error {
	intent := r.moveTo(w)
	r.was = r.meter.turn()
	r.state.Weight = max(r.state.Weight, w.Candidate)
	err := r.change(ctx, intent, func(ctx context.Context) error { return r.deps.Routes.SetWeight(ctx, w) })
	if err != nil {
		return err
	}
	r.state.stand(w)
	r.firstTraffic()
	return r.save(ctx)
}

// confirm waits until the share of requests that really reaches the candidate
// is the one that was asked for, and no longer the one before.
func (r *Rollout) confirm(ctx context.Context, before, weight int) error {
	began := time.Now()
	m, ok, err := r.follow(ctx, before, weight, r.judge)
	if err != nil {
		return err
	}
	s := r.shift(before, weight)
	if !ok {
		return r.unconfirmed(m, s)
	}
	if err := r.agree(ctx); err != nil {
		return err
	}
	r.current().Record.Detail = fmt.Sprintf("%s by %d requests in %s", s.proof(), m.total, time.Since(began).Round(100*time.Millisecond))
	return nil
}

func (r *Rollout) shift(before, weight int) shift {
	return shift{before: before, weight: weight, past: r.deps.Bypassed, was: r.was}
}

// follow counts requests until they prove the new weight, for at most the
// route timeout. Counts that contradict it are dropped: requests from before
// the change are among them. A gate that fails meanwhile ends it: put shows the
// looks to the gates, and is nil where they are not asked any more.
func (r *Rollout) follow(ctx context.Context, before, weight int, put func(evidence.Evidence) []gate.Verdict) (m moved, proven bool, err error) {
	from := time.Now()
	deadline, s := from.Add(r.state.Settings.Route), r.shift(before, weight)
	var seen evidence.Evidence
	for {
		if err := sleep(ctx, r.pace()); err != nil {
			return m, false, err
		}
		if err := r.asked(); errors.Is(err, errAskedRollback) {
			return m, false, err
		}
		delta, ok, err := r.look(ctx)
		if err != nil {
			return m, false, err
		}
		if ok && delta.Fresh.After(from) {
			seen = seen.Add(delta)
		}
		m = movedOf(seen)
		look := Look{Evidence: seen}
		if put != nil {
			look.Verdicts = put(delta)
		}
		r.note(look)
		if err := r.failing(look.Verdicts); err != nil {
			r.keep(look.Verdicts) // else the gate step that follows tells
			return m, false, err
		}
		if s.confirmed(m) {
			return m, true, nil
		}
		if time.Now().After(deadline) {
			return m, false, nil
		}
		if s.contradicted(m) {
			seen = evidence.Evidence{}
		}
	}
}

// unconfirmed ends a wait that was too short for proof: no traffic proves
// nothing, a wrong share is an error.
func (r *Rollout) unconfirmed(m moved, s shift) error {
	rec, weight := &r.current().Record, s.weight
	switch {
	case m.total == 0:
		rec.Detail = fmt.Sprintf("not confirmed: no requests in %s", r.state.Settings.Route)
		r.warn(fmt.Sprintf("weight %d%%: no requests within %s, so it is not confirmed that the data plane follows", weight, r.state.Settings.Route))
		return nil
	case s.contradicted(m):
		return fmt.Errorf("the routes give the candidate %d%%, but after %s it gets %.1f%% of %d requests: requests reach the service by a way that these routes do not govern, or the proxies are cut off from the control plane (check `istioctl proxy-status`)",
			weight, r.state.Settings.Route, m.percent(), m.total)
	default:
		rec.Detail = fmt.Sprintf("fits %d requests, too few to be sure", m.total)
		return nil
	}
}

// note keeps what the current step has measured so far, and tells of it.
func (r *Rollout) note(look Look) {
	seen, rec := look.Evidence, &r.current().Record
	stable, candidate := report.SideOf(seen.Stable), report.SideOf(seen.Candidate)
	rec.Stable, rec.Candidate = &stable, &candidate
	rec.Baseline = report.BesideOf(seen.Baseline)
	if share, ok := seen.Share(); ok {
		percent := share * 100
		rec.ObservedShare = &percent
	}
	r.emit(EventLook, "", &look)
}

func percentName(what string, weight int) string { return fmt.Sprintf("%s %d%%", what, weight) }
