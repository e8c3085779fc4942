// Package simulate puts invented traffic before the rules that decide rollouts,
// many times over, and counts how often and how soon each is right. What a gate
// promises, and what a fixed threshold on a short window costs, can so be seen
// before either is trusted with users.
package simulate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headgate-ci/headgate/modules/gate/sim"
	"github.com/headgate-ci/headgate/modules/rules"
)

// Spec is what to play.
type Spec struct {
	// Traffic is the service: rate, stable version, cluster size, and how long
	// stable is watched beforehand. Candidate and Steps are not read.
	Traffic sim.Traffic
	// Candidates are the versions on trial; each is played under every rule.
	Candidates []Candidate
	Rules      []rules.Rule
	// Runs is the number of rollouts of each; at least 1.
	Runs int
	// Seed gives the same rollouts again.
	Seed uint64
	// Most bounds a rollout; what has not been decided by then is undecided.
	Most time.Duration
	// Progress is called now and then with the part that is done, 0 to 1; nil is
	// fine.
	Progress func(done float64)
}

// Candidate is a version on trial.
type Candidate struct {
	Name string
	sim.Version
}

func (s Spec) check() error {
	switch {
	case s.Runs < 1:
		return errors.New("simulate: no runs; 1,000 are usual")
	case !(s.Traffic.PerSecond > 0):
		return fmt.Errorf("simulate: %v requests a second are no traffic", s.Traffic.PerSecond)
	case len(s.Candidates) == 0 || len(s.Rules) == 0:
		return errors.New("simulate: want at least one candidate and one rule")
	case s.Most <= 0:
		return errors.New("simulate: a rollout needs an end; an hour is usual")
	}
	for _, r := range s.Rules {
		if c, ok := r.(interface{ Check() error }); ok {
			if err := c.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Run plays everything on all cores. The result does not depend on how many
// there are. The error is the context's, or says what of the Spec is wrong.
func Run(ctx context.Context, s Spec) (*Result, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	ends := make([]ending, len(s.Candidates)*len(s.Rules)*s.Runs)
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(ends) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				ends[i] = s.one(ctx, i)
				if n := done.Add(1); s.Progress != nil && n%64 == 0 {
					s.Progress(float64(n) / float64(len(ends)))
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.result(ends), nil
}

// one plays the rollout with an index into candidates, rules and runs.
func (s Spec) one(ctx context.Context, i int) ending {
	run, pair := i%s.Runs, i/s.Runs
	t := s.Traffic
	t.Candidate = s.Candidates[pair/len(s.Rules)].Version
	return play(ctx, t, s.Rules[pair%len(s.Rules)], s.Seed+uint64(run), s.Most) //nolint:gosec // an index is not negative
}
