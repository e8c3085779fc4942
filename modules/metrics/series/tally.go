package series

import (
	"maps"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics/counter"
)

// Tally adds up what samples say about the versions. Its totals only
// grow. It is not safe for concurrent use.
type Tally struct {
	sorter  Sorter
	failure Failure
	tracker *counter.Tracker
	totals  map[Owner]*total
	look    look
	met     [3]bool // whether Stable, Candidate and Baseline have had requests
	told    bool    // that some requests name neither side
}

type total struct {
	requests, errors uint64
	outcomes         evidence.Outcomes
	newest           time.Time // of the samples
	latency          histograms
}

// NewTally counts what happens after opened, by the clock of the samples.
func NewTally(sorter Sorter, failure Failure, opened time.Time) *Tally {
	t := &Tally{sorter: sorter, failure: failure, tracker: counter.New(opened), totals: map[Owner]*total{}}
	t.met = [3]bool{true, sorter.routed, sorter.routed}
	for _, o := range []Owner{Stable, Candidate, Baseline} {
		t.totals[o] = &total{outcomes: evidence.Outcomes{}, latency: histograms{}}
	}
	return t
}

// Baseline takes samples of series that were there before the Tally: what they
// show is not counted, what they grow by from now on is.
func (t *Tally) Baseline(samples []Sample) {
	for _, s := range samples {
		if t.sorter.Owner(s.Request) != Foreign {
			t.tracker.Baseline(raw(s))
		}
	}
}

// Add takes newer samples, those of one series in the order of their time.
func (t *Tally) Add(samples []Sample) {
	for _, s := range samples {
		if owner := t.sorter.Owner(s.Request); owner != Foreign {
			t.add(owner, s)
		}
	}
}

func (t *Tally) add(owner Owner, s Sample) {
	change := t.tracker.Observe(raw(s))
	if s.Part == Requests || s.Part == Opened {
		t.look.saw(change)
	}
	total := t.totals[owner]
	if total != nil && !change.Invalid && s.At.After(total.newest) {
		total.newest = s.At
	}
	switch {
	case change.Invalid:
	case s.Part == Requests && change.Growth > 0:
		t.request(owner, s.Request, change.Growth)
	case s.Part == Opened && change.Growth > 0:
		t.request(owner, begun(s.Request), change.Growth)
	case s.Part == Closed:
		t.closed(owner, s.Request, change.Growth)
	case s.Part != Requests && total != nil:
		// A bucket without growth says that no request was that fast.
		total.latency.grow(s, change.Growth)
	}
}

// begun is a connection that began as a request: how it ends is another series'.
func begun(r Request) Request {
	r.Code, r.GRPC, r.Flags = "200", "", ""
	return r
}

// closed counts the connections that could not be made. They were counted as begun,
// too; where nothing names their version they are told of with those.
func (t *Tally) closed(owner Owner, r Request, n uint64) {
	total := t.totals[owner]
	if n == 0 || total == nil || !r.unmade() {
		return
	}
	total.requests -= min(n, total.requests)
	total.add("0", t.failure.Fails("0"), n)
}

func (t *Tally) request(owner Owner, r Request, n uint64) {
	failed := t.failure.Failed(r)
	total := t.totals[owner]
	if total == nil {
		t.look.unnamed(r, failed, n)
		return
	}
	t.met[owner-Stable] = true
	total.add(r.outcome(), failed, n)
	if r.answered() {
		t.look.answered[owner-Stable] += n
	}
}

// Look ends a look: a Reading with the totals, and what was odd since the look
// before; its times are the caller's.
func (t *Tally) Look() (r evidence.Reading) {
	if owner, n := t.look.settle(t.sorter.beside(), t.met); n > 0 {
		t.totals[owner].add(unavailable, t.failure.Fails(unavailable), n)
	}
	r.Notes = t.look.notes(t.told)
	t.told = t.told || t.look.nameless > 0
	t.look = look{}
	r.Reported = evidence.Reported{Stable: t.totals[Stable].newest, Candidate: t.totals[Candidate].newest, Baseline: t.totals[Baseline].newest}
	r.Stable, r.Candidate, r.Baseline = t.totals[Stable].counts(), t.totals[Candidate].counts(), t.totals[Baseline].counts()
	return r
}

// unavailable is how a proxy answers that finds no healthy Pod.
const unavailable = "503"

// most is how many outcomes are kept apart, so that a service which answers with
// whatever comes to its mind does not fill the Journal; others go by their class.
const most = 20

func (t *total) add(outcome string, failed bool, n uint64) {
	t.requests += n
	if failed {
		t.errors += n
	}
	if outcome == "" {
		return
	}
	if _, known := t.outcomes[outcome]; !known && len(t.outcomes) >= most {
		outcome = outcome[:1] + "xx"
	}
	t.outcomes[outcome] += n
}

func (t *total) counts() evidence.Counts {
	return evidence.Counts{Requests: t.requests, Errors: t.errors, Outcomes: maps.Clone(t.outcomes), Latency: t.latency.sum()}
}

func raw(s Sample) counter.Sample {
	return counter.Sample{Series: s.Key, At: s.At, Value: s.Value}
}
