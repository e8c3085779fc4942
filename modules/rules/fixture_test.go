package rules_test

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/rules"
)

const ms = time.Millisecond

// traffic is what the candidate serves in one second at a time and weight.
type traffic func(at time.Duration, weight int) evidence.Counts

// steady are requests a second of which a share of 1,000 fails, all fast.
func steady(perSecond, failed uint64) traffic {
	return func(time.Duration, int) evidence.Counts { return served(perSecond, failed, 20*ms) }
}

func served(requests, failed uint64, took time.Duration) evidence.Counts {
	h := evidence.Histogram{Total: requests, Buckets: map[time.Duration]uint64{100 * ms: 0, 500 * ms: 0, 1000 * ms: 0}}
	for b := range h.Buckets {
		if took <= b {
			h.Buckets[b] = requests
		}
	}
	if requests == 0 {
		h = evidence.Histogram{}
	}
	return evidence.Counts{Requests: requests, Errors: failed, Latency: h}
}

// weight is when a rule moved the candidate's share where.
type weight struct {
	at     time.Duration
	weight int
}

// play runs a rule on traffic second by second, until it decides or most is over.
func play(r rules.Rule, t traffic, most time.Duration) (last rules.State, at time.Duration, weights []weight) {
	var h rules.History
	c := r.Begin()
	last = c.Act(&h)
	weights = []weight{{0, last.Weight}}
	for last.Outcome == rules.Undecided && h.Now() < most {
		for h.Now() < last.Next {
			h.Add(h.Now()+time.Second, evidence.Evidence{Candidate: t(h.Now(), last.Weight)})
		}
		at = last.Next
		if last = c.Act(&h); last.Weight != weights[len(weights)-1].weight {
			weights = append(weights, weight{at, last.Weight})
		}
	}
	return last, at, weights
}
