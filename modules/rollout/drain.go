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

// drain is the wait for a version that traffic was taken from.
type drain struct {
	*Rollout
	version Version
	// deadline is what longer requests get, and where the wait ends in any case.
	deadline time.Time
	// put shows the looks to the gates while the candidate serves; nil once it
	// does not.
	put func(evidence.Evidence) error
}

func (r *Rollout) draining(v Version, put func(evidence.Evidence) error) drain {
	return drain{r, v, time.Now().Add(r.state.Settings.Drain), put}
}

// drained waits until a version is idle.
func (r *Rollout) drained(ctx context.Context, v Version, put func(evidence.Evidence) error) error {
	_, err := r.draining(v, put).idle(ctx)
	return err
}

// idle waits first until no request ends at the version any more, then until
// none is under way. Counters grow when a request ends, so quiet alone says
// nothing of a long one. All of it is bounded by the drain time; it is false
// where metrics have not shown that the version is quiet.
func (d drain) idle(ctx context.Context) (bool, error) {
	quiet, err := d.quiet(ctx)
	if err != nil {
		return false, err
	}
	if !quiet {
		d.notice("was not seen idle within %s; going on", d.state.Settings.Drain)
		return false, nil
	}
	return true, d.finished(ctx)
}

// quiet waits until requests end no more. Unreadable or old metrics prove
// nothing: then it waits until the deadline and is false.
func (d drain) quiet(ctx context.Context) (bool, error) {
	newest, seen := time.Now(), d.arrivals(ctx)
	for quiet := 0; quiet < quietLooks; {
		if d.late() {
			return false, nil
		}
		if err := d.wait(ctx, d.pace()); err != nil {
			return false, err
		}
		delta, ok, err := d.look(ctx)
		if err != nil {
			return false, err
		}
		fresh := ok && delta.End.After(delta.Start) && delta.Fresh.After(newest)
		busy, err := d.busy(ctx, seen, fresh && d.version.counts(delta).Requests > 0)
		switch {
		case err != nil:
			return false, err
		case busy:
			quiet = 0
		case fresh:
			quiet++
		}
		if fresh {
			newest = delta.Fresh
		}
	}
	return true, nil
}

// busy says whether requests still end at the version. A candidate that goes on
// getting some when no route sends it any leaves its Services.
func (d drain) busy(ctx context.Context, seen *arrivals, counted bool) (bool, error) {
	if d.version != Candidate || d.put != nil || d.deps.Named {
		return counted, nil
	}
	busy := seen.more(ctx, counted)
	if !seen.stay() {
		return busy, nil
	}
	return busy, d.leave(ctx)
}

// finished waits until the version answers no request any more. Where nobody can
// say, the longest request that was measured there is given that time to end.
func (d drain) finished(ctx context.Context) error {
	since, told := time.Now(), false
	for zero := 0; zero < quietLooks; {
		n, known := d.active(ctx, d.version)
		switch {
		case !known:
			if longest, _ := d.version.counts(d.meter.sum()).Latency.Quantile(1); time.Since(since) >= longest {
				return nil
			}
		case n == 0:
			zero++
		default:
			zero = 0
		}
		if known && n > 0 && !told {
			told = true
			d.notice("still answers %d requests; they get until %s", n, d.deadline.Format(time.TimeOnly))
		}
		if d.late() {
			d.notice("still answers %d requests after %s; going on", n, d.state.Settings.Drain)
			return nil
		}
		if err := d.wait(ctx, d.pace()/2); err != nil {
			return err
		}
		if d.put == nil {
			continue
		}
		if _, _, err := d.look(ctx); err != nil {
			return err
		}
	}
	return nil
}

// look is a look that the gates were shown, where they are to see it.
func (d drain) look(ctx context.Context) (evidence.Evidence, bool, error) {
	delta, ok, err := d.Rollout.look(ctx)
	if err == nil && ok && d.put != nil {
		err = d.put(delta)
	}
	return delta, ok, err
}

// wait sleeps. While stable is drained a rollback is still heard; the candidate
// is drained after there is no way back, or on it.
func (d drain) wait(ctx context.Context, span time.Duration) error {
	if err := d.asked(); d.version == Stable && errors.Is(err, errAskedRollback) {
		return err
	}
	return sleep(ctx, span)
}

func (d drain) late() bool { return time.Now().After(d.deadline) }

// notice tells of the version.
func (d drain) notice(format string, args ...any) {
	d.emit(EventNotice, string(d.version)+" "+fmt.Sprintf(format, args...), nil)
}

func (r *Rollout) active(ctx context.Context, v Version) (n uint64, known bool) {
	if r.deps.Underway == nil {
		return 0, false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return r.deps.Underway.Active(ctx, v)
}
