package contest

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/testenv/bench/ledger"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

const versionHeader = load.VersionHeader

// WarmUp is how long the stable version has its traffic before a new one comes;
// the windows that a fast tool looks at must be full by then.
const WarmUp = 20 * time.Second

// tail is how long is counted on after a tool has come to its end.
const tail = 3 * time.Second

// Play makes one rollout. An error means that it did not come about; whatever
// the tool made of it is in the Run.
func (a *Arena) Play(ctx context.Context, c Case) (ledger.Run, error) {
	s := a.site(c)
	run, err := s.play(ctx)
	if err != nil {
		err = fmt.Errorf("%s with candidate %s in namespace %s: %w", c.Entrant.Name(), c.Candidate.Name, s.namespace, err)
	}
	return run, err
}

// preparing bounds what is not measured.
const preparing = 5 * time.Minute

func (s *site) play(ctx context.Context) (run ledger.Run, err error) {
	ready, cancel := context.WithTimeout(ctx, preparing)
	defer cancel()
	if err := s.load(); err != nil {
		return run, err
	}
	defer func() { _ = s.close(context.WithoutCancel(ctx)) }() // the mesh ends soon
	if err := s.c.Entrant.driver.prepare(ready, s); err != nil {
		return run, fmt.Errorf("prepare: %w", err)
	}
	if err := s.serving(ready); err != nil {
		return run, fmt.Errorf("wait until the gateway serves %s: %w", s.host, err)
	}
	began := time.Now()
	traffic, err := load.Start(ctx, load.Options{URL: s.arena.Env.Gateway, Host: s.host, Rate: s.c.Rate, Concurrency: int(s.c.Rate) * 2})
	if err != nil {
		return run, err
	}
	defer traffic.Stop()
	if err := pause(ctx, s.arena.WarmUp); err != nil {
		return run, err
	}
	return s.measure(ctx, traffic, began)
}

func (s *site) measure(ctx context.Context, traffic *load.Load, began time.Time) (run ledger.Run, err error) {
	limited, cancel := context.WithTimeout(ctx, s.c.Entrant.Limit)
	defer cancel()
	before, asked := traffic.Snapshot(), time.Now()
	end, err := s.c.Entrant.driver.release(limited, s, s.image(candidate))
	if err != nil {
		return run, err
	}
	took := time.Since(asked)
	if err := pause(ctx, tail); err != nil {
		return run, err
	}
	run = ledger.Run{
		Tool: s.c.Entrant.Tool, Speed: s.c.Entrant.Speed, Candidate: s.c.Candidate.Name, Kind: s.c.Candidate.Kind(),
		Rate: s.c.Rate, Repeat: s.c.Repeat, Asked: asked.UTC(), Site: s.namespace,
		Outcome: end.outcome, Reason: end.reason, Seconds: took.Seconds(),
	}
	s.count(&run, traffic.Stop(), before, asked.Sub(began))
	return run, nil
}

// count fills in what callers got.
func (s *site) count(run *ledger.Run, all, before load.Result, asked time.Duration) {
	got := all.Since(before)
	theirs := got.Versions[s.tag(candidate)]
	run.Served, run.Bad = theirs.Requests, theirs.Failed
	if s.c.Candidate.Slow() {
		run.Bad = theirs.Requests
	}
	run.Lost = got.Unanswered()
	if s.c.Candidate.Stable == 0 {
		run.Lost += got.Versions[s.tag(stable)].Failed
	}
	for _, f := range all.Failures {
		if f.Version == "" {
			run.LostLike = fmt.Sprintf("after %.1f s: status %d, %s", (f.After - asked).Seconds(), f.Status, f.Detail)
		}
	}
	run.P99 = all.Latency.P99.Seconds()
	for _, second := range all.Timeline {
		after := (second.After - asked).Seconds() + 1
		if second.Versions[s.tag(candidate)].Requests > 0 {
			run.LastCandidate = max(after, 0)
			if run.FirstCandidate == 0 {
				run.FirstCandidate = max(after-1, 0)
			}
		}
		if second.Versions[s.tag(stable)].Requests > 0 {
			run.LastStable = max(after, 0)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
