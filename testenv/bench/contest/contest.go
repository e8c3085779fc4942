// Package contest rolls a candidate out with one tool on the test mesh, and
// counts what the callers of the service get meanwhile. Every tool gets a
// service of its own, made of the same Pods, behind the same gateway and under
// the same traffic; what it did is told from the answers that callers got, not
// from what the tool says of itself.
package contest

import (
	"context"
	"time"

	"github.com/headgate-ci/headgate/testenv/bench/ledger"
)

// Case is one rollout to be made.
type Case struct {
	Entrant   Entrant
	Candidate Candidate
	// Rate is the traffic in requests per second.
	Rate float64
	// Repeat tells equal cases apart.
	Repeat int
}

// Candidate is a version to roll out, and the one that serves before it.
type Candidate struct {
	// Name is short and fit for an image tag.
	Name string
	// Errors is the share of requests that fail, from 0 to 1; which ones is left
	// to chance.
	Errors float64
	// Delay is added to each answer.
	Delay time.Duration
	// Stable is the share of requests that the version before fails.
	Stable float64
}

// Limit is what all tools are told to allow: 1% errors, and a p99 of 500 ms.
const (
	LimitErrors = .01
	LimitDelay  = 500 * time.Millisecond
)

// Slow says that every answer takes longer than is allowed.
func (c Candidate) Slow() bool { return c.Delay > LimitDelay }

// Kind says what should become of the candidate.
func (c Candidate) Kind() ledger.Kind {
	switch {
	case c.Errors > LimitErrors || c.Slow():
		return ledger.Bad
	case c.Errors == LimitErrors:
		return ledger.Borderline
	default:
		return ledger.Good
	}
}

// Candidates are those of the full benchmark.
func Candidates() []Candidate {
	return []Candidate{
		{Name: "0pct"},
		{Name: "0.3pct", Errors: .003},
		{Name: "as-stable-0.5pct", Errors: .005, Stable: .005},
		{Name: "1pct", Errors: .01},
		{Name: "2pct", Errors: .02},
		{Name: "5pct", Errors: .05},
		{Name: "20pct", Errors: .2},
		{Name: "100pct", Errors: 1},
		{Name: "slow-700ms", Delay: 700 * time.Millisecond},
	}
}

// Entrant is a tool with its settings.
type Entrant struct {
	Tool, Speed string
	// Settings are the YAML text of what decides the tool's behaviour.
	Settings string
	// Limit bounds one rollout.
	Limit  time.Duration
	driver driver
}

// driver is how a tool is used.
type driver interface {
	// prepare deploys the service and returns when the tool waits for a new
	// version.
	prepare(ctx context.Context, s *site) error
	// release asks for a version and returns when the tool has come to an end.
	release(ctx context.Context, s *site, image string) (ending, error)
}

// ending is what a tool says of a rollout.
type ending struct {
	outcome ledger.Outcome
	reason  string
}
