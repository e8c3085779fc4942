// Package rollout drives a Rollout: an ordered list of Steps, each a small type
// with its undo, past gates that read Evidence. The engine knows Steps, not
// strategies; a strategy is a function that returns a list.
//
// Whatever ends a Rollout early (a gate, an error, a signal) undoes the steps
// that were begun, last first: traffic goes back before anything it could still
// reach is taken away.
package rollout

import (
	"context"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/rollout/witness"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// Routes is the Rollout's hold on the mesh objects that split traffic.
type Routes interface {
	// Prepare adds candidate and baseline as destinations that get nothing yet.
	Prepare(ctx context.Context) error
	// Creates is how many destinations Prepare makes that no proxy can know before;
	// the others stand already.
	Creates() int
	// Intend notes shares that the routes are about to get, so that State says
	// what may stand there when nobody lives to tell.
	Intend(w traffic.Weights)
	// SetWeight gives candidate and baseline these shares.
	SetWeight(ctx context.Context, w traffic.Weights) error
	// Weight is the shares that the objects say now.
	Weight(ctx context.Context) (traffic.Weights, error)
	// Drift lists what others changed beside the weights.
	Drift(ctx context.Context) ([]traffic.Change, error)
	// Restore puts the routes back as the user wrote them.
	Restore(ctx context.Context) error
	// Cleanup takes away what Prepare added beside the routes, once no traffic
	// depends on it.
	Cleanup(ctx context.Context) error
	// State is what another process needs to go on.
	State() ([]byte, error)
}

// Workload is the candidate's Deployment, the baseline's where there is one, and
// the stable one that the candidate may replace.
type Workload interface {
	// Create makes the candidate, and the baseline, big enough for the weight.
	Create(ctx context.Context, weight int) error
	// EnsureCapacity has enough candidate Pods ready for the weight, and enough of
	// the baseline's for its own. The text says what stands, such as "2 of 2
	// replicas ready".
	EnsureCapacity(ctx context.Context, weight, baseline int) (string, error)
	// RemoveBaseline takes the baseline away and waits until its Pods are gone.
	RemoveBaseline(ctx context.Context) error
	// PromoteStable gives stable the new version and waits until it is ready.
	PromoteStable(ctx context.Context) error
	// RevertStable undoes PromoteStable.
	RevertStable(ctx context.Context) error
	// Leave has no Service select the Pods of candidate and baseline any more; they
	// go on with what they are answering. They are removed soon after.
	Leave(ctx context.Context) error
	// Remove takes candidate and baseline away and waits until their Pods are gone.
	Remove(ctx context.Context) error
	// State is what another process needs to go on.
	State() ([]byte, error)
}

// Reader reads the metrics of the versions.
type Reader interface {
	Read(ctx context.Context) (evidence.Reading, error)
}

// Driver is the right to drive, and what others ask of whoever has it.
type Driver interface {
	// Request is the latest one that was not settled.
	Request() journal.Request
	// SettleIf says that it has been acted upon, when it is still this one, and
	// whether it was.
	SettleIf(r journal.Request) bool
}

// Records keeps the Rollout's state outside the process.
type Records interface {
	Save(ctx context.Context, r *journal.Record) error
	Load(ctx context.Context, release string) (*journal.Record, error)
}

// Deps is all that a Rollout works on.
type Deps struct {
	Routes   Routes
	Workload Workload
	Reader   Reader
	// History may be nil where nobody remembers it.
	History History
	// Proxies may be nil where they cannot be asked.
	Proxies Proxies
	// Bypassed says what the counts hold beside the requests that the routes govern.
	Bypassed Bypassed
	// Underway may be nil where nobody can count them.
	Underway Underway
	// Witness may be nil where nobody can say what the candidate received.
	Witness witness.Receiver
	// Named says that the candidate can be called by an address of its own, or that a
	// route of the user's sends to it: what it gets at weight 0 may be meant then.
	Named   bool
	Gates   []gate.Gate
	Records Records
	Driver  Driver
	// Watchdog may be nil: then nothing stands by.
	Watchdog Watchdog
	// Observe is told of every event, in order; it must not block for long.
	Observe func(Event)
}
