package rollout

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// gateStep watches the candidate at a weight until every gate has passed or one
// has failed.
type gateStep struct {
	weight   int
	min, max time.Duration
	part     float64
}

func (s gateStep) Name() string { return percentName("gate", s.weight) }
func (gateStep) skippable()     {}

func (s gateStep) Do(ctx context.Context, r *Rollout) error {
	w := watch{r: r, least: s.min, most: s.max, clock: stopwatch{last: time.Now()}}
	if w.least == 0 {
		w.least = r.state.Settings.Min
	}
	if w.most == 0 {
		w.most = r.state.Settings.Max
	}
	r.panel.Aim(s.part) // in a Rollout that was taken up here, no weight step said so
	for {
		verdicts, err := w.look(ctx)
		if err != nil {
			return err
		}
		done, err := w.decide(ctx, verdicts)
		if done && err == nil {
			err = r.agree(ctx)
		}
		if done || err != nil {
			r.reportDrift(ctx)
			return err
		}
		if err := sleep(ctx, r.state.Settings.Interval); err != nil {
			return err
		}
	}
}

// watch is a gate step under way.
type watch struct {
	r           *Rollout
	least, most time.Duration
	clock       stopwatch
	seen        evidence.Evidence
}

func (w *watch) look(ctx context.Context) ([]gate.Verdict, error) {
	delta, ok, err := w.r.look(ctx)
	if err != nil {
		return nil, err
	}
	if ok {
		w.seen = w.seen.Add(delta)
	}
	verdicts := w.r.judge(delta)
	w.record(verdicts)
	return verdicts, w.r.checkRoutes(ctx)
}

func (w *watch) record(verdicts []gate.Verdict) {
	r := w.r
	r.keep(verdicts)
	r.note(Look{Evidence: w.seen, Verdicts: verdicts, Elapsed: w.clock.total, Min: w.least, Max: w.most})
}

// decide ends the step, or says that it must go on.
func (w *watch) decide(ctx context.Context, verdicts []gate.Verdict) (bool, error) {
	if err := w.r.failing(verdicts); err != nil {
		return true, err
	}
	if err := w.r.saveNowAndThen(ctx); err != nil {
		return true, err
	}
	if err := w.r.asked(); err != nil {
		return true, err
	}
	paused, err := w.r.paused(ctx)
	w.clock.tick(paused)
	if err != nil || paused {
		return false, err
	}
	if gate.All(verdicts) == gate.Pass && w.clock.total >= w.least {
		return true, nil
	}
	if w.clock.total < w.most {
		return false, nil
	}
	return true, w.inconclusive(verdicts)
}

func (w *watch) inconclusive(verdicts []gate.Verdict) error {
	var open []string
	for _, v := range verdicts {
		if v.Outcome != gate.Pass {
			open = append(open, fmt.Sprintf("gate %s has not decided within %s: %s", v.Gate, w.most, v.Reason))
		}
	}
	if len(open) == 0 { // no gates, or min is longer than max
		return nil
	}
	return w.r.undecided(strings.Join(open, "; "))
}

// undecided does as the Release asks where there is no verdict.
func (r *Rollout) undecided(reason string) error {
	switch r.state.Settings.OnInconclusive {
	case Continue:
		r.warn(reason + "; going on, as the release asks")
		return nil
	case RollBack:
		return &undecidedError{reason}
	default:
		return &HoldError{Reason: reason}
	}
}

// stopwatch counts the time that was not spent in a pause.
type stopwatch struct {
	last  time.Time
	total time.Duration
}

func (s *stopwatch) tick(paused bool) {
	now := time.Now()
	if !paused {
		s.total += now.Sub(s.last)
	}
	s.last = now
}

// checkRoutes notices that somebody else has changed our weights. An API
// server that does not answer is no news.
func (r *Rollout) checkRoutes(ctx context.Context) error {
	lctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	got, err := r.deps.Routes.Weight(lctx)
	switch {
	case err != nil && (transient(err) || lctx.Err() != nil):
		return nil
	case err != nil:
		return err
	case got != r.state.weights():
		return fmt.Errorf("the routes give the candidate %s, this rollout had set %s: %w", got, r.state.weights(), traffic.ErrChanged)
	}
	return nil
}

// reportDrift tells of changes by others that do not concern the weights; they
// are left as they are.
func (r *Rollout) reportDrift(ctx context.Context) {
	lctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	changes, err := r.deps.Routes.Drift(lctx)
	if err != nil {
		return // what cannot be read now is noticed when it matters
	}
	for _, c := range changes {
		r.warn(c.String() + " by somebody else during the rollout; it was left so")
	}
}
