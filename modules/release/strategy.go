package release

// Strategy is how traffic is moved: exactly one of its fields is set.
type Strategy struct {
	// Canary moves traffic in growing steps, each past the gates.
	Canary *Canary `json:"canary,omitempty"`
}

// Canary moves traffic in growing steps. Promotion follows the last step, also
// where that is below 100.
type Canary struct {
	// Steps are weights in percent, growing, between which the gates decide. An
	// entry may also be, or end in, a pause. The word auto picks weights by today's
	// traffic, within the budget.
	Steps Steps `json:"steps,omitempty"`
	// Budget is how many failed requests a bad version may be expected to cost
	// until it is stopped; steps are then auto.
	Budget int `json:"budget,omitempty" jsonschema:"minimum=1"`
	// Min is how long a step lasts at least, however early the gates pass.
	Min Duration `json:"min,omitzero" jsonschema:"default=5s"`
	// Max is how long the gates of a step may take to decide.
	Max Duration `json:"max,omitzero" jsonschema:"default=10m"`
	// Interval lies between two looks at the metrics. Without it, it is 1s where
	// the proxies' own counters are read, and 5s with Prometheus.
	Interval Duration `json:"interval,omitzero"`
	// OnInconclusive is what happens when the gates have not decided at max:
	// hold (traffic back to stable, the candidate stays, a person decides),
	// rollBack, or continue.
	OnInconclusive OnInconclusive `json:"onInconclusive,omitempty" jsonschema:"enum=hold,enum=rollBack,enum=continue,default=hold"`
	// Keep is how long the old version stays, with its Pods and without traffic,
	// after the new one has all of it: for that time `headgate rollback` is one
	// write of the routes. Stable gets the new version afterwards.
	Keep Duration `json:"keep,omitzero"`
	// Warmup is how long fresh Pods of the candidate warm up with the traffic of a
	// small weight: what they serve meanwhile is in the report and in no gate, but for
	// warmupErrors, and no step ends before.
	Warmup Duration `json:"warmup,omitzero"`
	// WarmupErrors is the share of requests that may fail while Pods warm up; 20%
	// without it.
	WarmupErrors *Percent `json:"warmupErrors,omitempty"`
	// Baseline has stable's version run anew, in Pods as young as the candidate's
	// and as many, with the candidate's share of the traffic. Gates that compare
	// then compare with it and not with stable's old Pods.
	Baseline bool `json:"baseline,omitempty"`
}

// Beside says that a baseline runs beside the candidate.
func (s Strategy) Beside() bool { return s.Canary != nil && s.Canary.Baseline }

// Steps are a canary's entries in order. None at all, beside a budget, are to be
// picked by the traffic; files write that as auto.
type Steps []Step

// Auto says that the weights are to be picked by the traffic.
func (c *Canary) Auto() bool { return c.Steps == nil && c.Budget > 0 }

// Step is one entry of a canary: a weight, a pause, or a weight and the pause
// after its gates have passed. In the file a bare number is a weight.
type Step struct {
	// Weight is the candidate's share of the traffic in percent; nil for a
	// pause at the weight that stands.
	Weight *int `json:"weight,omitempty" jsonschema:"minimum=1,maximum=100"`
	// Min takes the place of the canary's min for this step.
	Min *Duration `json:"min,omitempty"`
	// Max takes the place of the canary's max for this step.
	Max *Duration `json:"max,omitempty"`
	// Pause waits after the gates.
	Pause *Pause `json:"pause,omitempty"`
}

// Pause waits for a time or for a person; exactly one field is set.
type Pause struct {
	// For is how long to wait.
	For *Duration `json:"for,omitempty"`
	// Approval waits for a person: `headgate resume` goes on to the next step,
	// `headgate promote` finishes without gates.
	Approval bool `json:"approval,omitempty"`
}

// OnInconclusive is what happens when gates have not decided in time.
type OnInconclusive string

// What can happen when gates have not decided in time.
const (
	Hold     OnInconclusive = "hold"
	RollBack OnInconclusive = "rollBack"
	Continue OnInconclusive = "continue"
)
