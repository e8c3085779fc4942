package rollout

import "time"

// Policy is what happens when a gate has not decided in time.
type Policy string

// The policies.
const (
	Hold     Policy = "hold"
	RollBack Policy = "rollBack"
	Continue Policy = "continue"
)

// Settings bound the waiting of a Rollout.
type Settings struct {
	// Interval lies between two looks.
	Interval time.Duration `json:"interval"`
	// Min and Max bound a gate step that does not bound itself.
	Min time.Duration `json:"min"`
	Max time.Duration `json:"max"`
	// Warmup is how long fresh Pods of the candidate warm up: what they serve
	// meanwhile stands apart, and WarmupErrors (0 to 1) is all it is held to.
	Warmup       time.Duration `json:"warmup,omitempty"`
	WarmupErrors float64       `json:"warmupErrors,omitempty"`
	// OnInconclusive is what happens at Max.
	OnInconclusive Policy `json:"onInconclusive"`
	// Route bounds the wait until the data plane follows a new weight.
	Route time.Duration `json:"route"`
	// Settle is what proxies that cannot be asked are given to learn of a new
	// destination.
	Settle time.Duration `json:"settle"`
	// Drain bounds the wait until no request reaches a side any more.
	Drain time.Duration `json:"drain"`
	// Total bounds the Rollout; what is not promoted by then is put back.
	Total time.Duration `json:"total"`
	// Blind bounds how long traffic stays moved while no metrics can be read.
	Blind time.Duration `json:"blind"`
	// Outage bounds how long an unreachable API server is waited for.
	Outage time.Duration `json:"outage"`
}
