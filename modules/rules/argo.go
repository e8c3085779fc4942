package rules

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Argo is a canary of Argo Rollouts 1.10 whose analysis runs in the background
// of its steps. A metric is measured when the analysis starts (after its delay)
// and at every interval. A measurement outside the success condition is a failed
// one, and more of them than FailureLimit abort the rollout. A query that gives
// nothing is an error and asked again after 10 s; more errors in a row than
// ErrorLimit abort, too. The last pause over, the candidate is promoted, whatever
// was measured by then: without any measurement as well. Left out: inline
// analysis, experiments, the wait for Pods, dynamic stable scale.
type Argo struct {
	Label string
	Steps []ArgoStep
	// From is the index in Steps at which the analysis starts.
	From int
	// Delay is the metrics' initialDelay.
	Delay    time.Duration
	Interval time.Duration
	// Count ends a metric after so many measurements; 0 goes on until the end.
	Count             int
	FailureLimit      int
	InconclusiveLimit int
	// ErrorLimit is consecutiveErrorLimit; nil is 4.
	ErrorLimit *int
	// MinSuccess is the success condition in percent, over Success. Failure, if
	// above 0, is a failure condition: what lies between is inconclusive.
	MinSuccess, Failure float64
	Success             Window
	// MaxP99 is the success condition of a second metric; 0 leaves it out.
	MaxP99   time.Duration
	Duration Window
}

// ArgoStep is a weight in percent and the pause after it.
type ArgoStep struct {
	Weight int
	Pause  time.Duration
}

// retryErrors is when a measurement that was an error is taken again.
const retryErrors = 10 * time.Second

// ArgoDocumented is the background analysis of Argo Rollouts' documentation with
// the other tools' limit of 99% in place of its 95%.
func ArgoDocumented(scrape time.Duration) Argo {
	w := Window{Length: 5 * time.Minute, Scrape: scrape, Instant: true}
	const pause = 10 * time.Minute
	return Argo{
		Label: "Argo Rollouts, documented",
		Steps: []ArgoStep{{20, pause}, {40, pause}, {60, pause}, {80, pause}}, From: 1,
		Interval: 5 * time.Minute, FailureLimit: 3, MinSuccess: 99, Success: w, MaxP99: 500 * time.Millisecond, Duration: w,
	}
}

// ArgoFastest has the weights of Flagger's tutorial and as much time between two
// measurements as Flagger needs at the least; two failed ones abort.
func ArgoFastest(scrape time.Duration) Argo {
	w := Window{Length: 10 * time.Second, Scrape: scrape}
	const pause = 10 * time.Second
	return Argo{
		Label: "Argo Rollouts, fastest",
		Steps: []ArgoStep{{10, pause}, {20, pause}, {30, pause}, {40, pause}, {50, pause}},
		Delay: pause, Interval: pause, FailureLimit: 1, MinSuccess: 99, Success: w, MaxP99: 500 * time.Millisecond, Duration: w,
	}
}

// Check says what keeps the settings from working.
func (a Argo) Check() error {
	switch {
	case len(a.Steps) == 0:
		return errors.New("argo: no steps: all traffic would move at once")
	case a.Interval <= 0:
		return errors.New("argo: no interval: it would measure once and never again")
	case a.Success.Scrape <= 0 || a.Success.Length < 2*a.Success.Scrape:
		return fmt.Errorf("argo: a window of %s holds fewer than two samples taken every %s: every measurement would be an error", a.Success.Length, a.Success.Scrape)
	}
	return nil
}

// Name is what tables call the rule.
func (a Argo) Name() string { return a.Label }

// Settings are the rule's settings in one line.
func (a Argo) Settings() string {
	var steps []string
	for _, s := range a.Steps {
		steps = append(steps, fmt.Sprintf("%d%% for %s", s.Weight, s.Pause))
	}
	over := a.Success.Length.String()
	if a.Success.Instant {
		over = "the last two samples"
	}
	out := fmt.Sprintf("%s; analysis from %d%%, interval %s, failureLimit %d, success at least %v%% over %s",
		strings.Join(steps, ", "), a.Steps[min(a.From, len(a.Steps)-1)].Weight, a.Interval, a.FailureLimit, a.MinSuccess, over)
	if a.MaxP99 > 0 {
		out += fmt.Sprintf(", p99 at most %s", a.MaxP99)
	}
	return out
}

// Begin starts a rollout.
func (a Argo) Begin() Course {
	c := &argoCourse{a: a, metrics: []*argoMetric{{name: "success-rate", ask: a.successRate}}}
	if a.MaxP99 > 0 {
		c.metrics = append(c.metrics, &argoMetric{name: "request-duration", ask: a.duration})
	}
	return c
}

// Samples lies between two samples of the counters that it reads.
func (a Argo) Samples() time.Duration { return a.Success.Scrape }

func (a Argo) errorLimit() int {
	if a.ErrorLimit == nil {
		return 4
	}
	return *a.ErrorLimit
}

// phase is what became of a measurement.
type phase int

const (
	successful phase = iota
	failed
	inconclusive
	errored
)

func (a Argo) successRate(h *History, at time.Duration) (phase, string) {
	got := a.Success.success(h, at)
	words := fmt.Sprintf("%.2f%% of the requests succeed", got.value)
	if math.IsNaN(got.value) {
		words = "the success rate is no number, 0/0"
	}
	switch {
	case got.empty:
		return errored, "the query gives nothing"
	case got.value >= a.MinSuccess:
		return successful, words
	case a.Failure == 0 || got.value < a.Failure: // NaN is below no limit, and not above one
		return failed, words
	}
	return inconclusive, words
}

func (a Argo) duration(h *History, at time.Duration) (phase, string) {
	got := a.Duration.p99(h, at)
	words := fmt.Sprintf("p99 is %.0f ms", got.value)
	if math.IsNaN(got.value) {
		words = "the p99 is no number, without requests"
	}
	switch {
	case got.empty:
		return errored, "the query gives nothing"
	case got.value <= float64(a.MaxP99.Milliseconds()):
		return successful, words
	}
	return failed, words
}
