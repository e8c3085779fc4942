package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Underway counts requests that have begun and not ended.
type Underway interface {
	// Active is how many requests a version is answering at this moment. known
	// is false when nobody can say.
	Active(ctx context.Context, version Version) (n uint64, known bool)
}

// Version is one of those that serve.
type Version string

// The versions.
const (
	Stable    Version = "stable"
	Candidate Version = "candidate"
	Baseline  Version = "baseline"
)

// counts are a version's in some Evidence.
func (v Version) counts(e evidence.Evidence) evidence.Counts {
	switch v {
	case Stable:
		return e.Stable
	case Baseline:
		return e.Baseline
	default:
		return e.Candidate
	}
}

// quietLooks is how many fresh looks in a row must see no request of a version.
const quietLooks = 2

// drained waits until a version that traffic was taken from is idle: first
// until no request ends there any more, then until none is under way. Counters
// grow when a request ends, so quiet alone says nothing of a long one. All of
// it is bounded by the drain time, which is what requests that are longer get.
// put shows the looks to the gates while the candidate serves; nil once it does
// not.
func (r *Rollout) drained(ctx context.Context, v Version, put func(evidence.Evidence) error) error {
	deadline := time.Now().Add(r.state.Settings.Drain)
	quiet, err := r.quiet(ctx, v, deadline, put)
	if err != nil {
		return err
	}
	if !quiet {
		r.emit(EventNotice, fmt.Sprintf("%s was not seen idle within %s; going on", v, r.state.Settings.Drain), nil)
		return nil
	}
	return r.finished(ctx, v, deadline, put)
}

// quiet waits until requests end no more. Unreadable or old metrics prove
// nothing: then it waits until the deadline and is false.
func (r *Rollout) quiet(ctx context.Context, v Version, deadline time.Time, put func(evidence.Evidence) error) (bool, error) {
	newest := time.Now()
	for quiet := 0; quiet < quietLooks; {
		if time.Now().After(deadline) {
			return false, nil
		}
		if err := r.wait(ctx, v, r.pace()); err != nil {
			return false, err
		}
		delta, ok, err := r.shown(ctx, put)
		if err != nil {
			return false, err
		}
		switch {
		case !ok || !delta.End.After(delta.Start) || !delta.Fresh.After(newest): // nothing new was measured
		case v.counts(delta).Requests > 0:
			quiet, newest = 0, delta.Fresh
		default:
			quiet, newest = quiet+1, delta.Fresh
		}
	}
	return true, nil
}

// finished waits until a version answers no request any more. Where nobody can
// say, the longest request that was measured there is given that time to end.
func (r *Rollout) finished(ctx context.Context, v Version, deadline time.Time, put func(evidence.Evidence) error) error {
	since, told := time.Now(), false
	for zero := 0; zero < quietLooks; {
		n, known := r.active(ctx, v)
		switch {
		case !known:
			if longest, _ := v.counts(r.meter.sum()).Latency.Quantile(1); time.Since(since) >= longest {
				return nil
			}
		case n == 0:
			zero++
		default:
			zero = 0
		}
		if known && n > 0 && !told {
			told = true
			r.emit(EventNotice, fmt.Sprintf("%s still answers %d requests; they get until %s", v, n, deadline.Format(time.TimeOnly)), nil)
		}
		if time.Now().After(deadline) {
			r.emit(EventNotice, fmt.Sprintf("%s still answers %d requests after %s; going on", v, n, r.state.Settings.Drain), nil)
			return nil
		}
		if err := r.wait(ctx, v, r.pace()/2); err != nil {
			return err
		}
		if put == nil {
			continue
		}
		if _, _, err := r.shown(ctx, put); err != nil {
			return err
		}
	}
	return nil
}

// shown is a look that put was shown.
func (r *Rollout) shown(ctx context.Context, put func(evidence.Evidence) error) (evidence.Evidence, bool, error) {
	delta, ok, err := r.look(ctx)
	if err == nil && ok && put != nil {
		err = put(delta)
	}
	return delta, ok, err
}

// wait sleeps. While stable is drained a rollback is still heard; the candidate
// is drained after there is no way back, or on it.
func (r *Rollout) wait(ctx context.Context, v Version, d time.Duration) error {
	if err := r.asked(); v == Stable && errors.Is(err, errAskedRollback) {
		return err
	}
	return sleep(ctx, d)
}

func (r *Rollout) active(ctx context.Context, v Version) (n uint64, known bool) {
	if r.deps.Underway == nil {
		return 0, false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return r.deps.Underway.Active(ctx, v)
}
