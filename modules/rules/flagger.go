package rules

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Flagger is the canary analysis of Flagger 1.36 with its two built-in metrics.
// At every interval it first looks whether the failed checks have reached the
// threshold, and rolls back if so: one interval after the check that was too
// many. Else it checks; a failed check, also one without values, keeps the weight
// and is counted for good, a passed one raises the weight. At the highest weight
// a passed check copies the version to the primary, which gets all traffic at
// the interval after. Left out: webhooks, alerts, the wait for Pods, the shift
// back in steps.
type Flagger struct {
	Label string
	// Interval lies between two checks; Flagger takes no less than 10 s.
	Interval time.Duration
	// Threshold is how many failed checks roll back; less than 1 is 1.
	Threshold int
	// StepWeight and MaxWeight, in percent, or StepWeights.
	StepWeight, MaxWeight int
	StepWeights           []int
	// MinSuccess is the lowest good success rate in percent, over Success.
	MinSuccess float64
	Success    Window
	// MaxP99 is the highest good p99, over Duration; 0 leaves it out.
	MaxP99   time.Duration
	Duration Window
}

// FlaggerDocumented is the analysis of Flagger's Istio tutorial.
func FlaggerDocumented(scrape time.Duration) Flagger {
	return Flagger{
		Label: "Flagger, documented", Interval: time.Minute, Threshold: 5, StepWeight: 10, MaxWeight: 50,
		MinSuccess: 99, Success: Window{Length: time.Minute, Scrape: scrape},
		MaxP99: 500 * time.Millisecond, Duration: Window{Length: 30 * time.Second, Scrape: scrape},
	}
}

// FlaggerFastest is as fast as it goes with some safety: the shortest interval
// that Flagger takes, and two failed checks, for with one a single noisy window
// would roll back.
func FlaggerFastest(scrape time.Duration) Flagger {
	f := FlaggerDocumented(scrape)
	f.Label, f.Interval, f.Threshold = "Flagger, fastest", 10*time.Second, 2
	f.Success.Length, f.Duration.Length = 10*time.Second, 10*time.Second
	return f
}

// Check says what keeps the settings from working.
func (f Flagger) Check() error {
	switch {
	case f.StepWeight <= 0 && len(f.StepWeights) == 0:
		return errors.New("flagger: without stepWeight or stepWeights the weight never moves")
	case f.Success.Scrape <= 0 || f.Success.Length < 2*f.Success.Scrape:
		return fmt.Errorf("flagger: a window of %s holds fewer than two samples taken every %s: every check would fail for want of values", f.Success.Length, f.Success.Scrape)
	}
	return nil
}

// Name is what tables call the rule.
func (f Flagger) Name() string { return f.Label }

// Settings are the rule's settings in one line.
func (f Flagger) Settings() string {
	weights := fmt.Sprintf("stepWeight %d, maxWeight %d", f.StepWeight, f.highest())
	if len(f.StepWeights) > 0 {
		weights = "stepWeights " + strings.Trim(fmt.Sprint(f.StepWeights), "[]")
	}
	out := fmt.Sprintf("interval %s, threshold %d, %s, success at least %v%% over %s", f.every(), f.most(), weights, f.MinSuccess, f.Success.Length)
	if f.MaxP99 > 0 {
		out += fmt.Sprintf(", p99 at most %s over %s", f.MaxP99, f.Duration.Length)
	}
	return out
}

// Begin starts a rollout.
func (f Flagger) Begin() Course { return &flaggerCourse{f: f} }

// Samples lies between two samples of the counters that it reads.
func (f Flagger) Samples() time.Duration { return f.Success.Scrape }

func (f Flagger) every() time.Duration {
	if f.Interval == 0 {
		return time.Minute
	}
	return max(f.Interval, 10*time.Second)
}

func (f Flagger) most() int { return max(f.Threshold, 1) }

// highest is the weight at which a passed check promotes.
func (f Flagger) highest() int {
	if n := len(f.StepWeights); n > 0 {
		return min(f.StepWeights[n-1], 100)
	}
	if f.MaxWeight > 0 {
		return f.MaxWeight
	}
	return 100
}

// next is the weight after this one.
func (f Flagger) next(weight int) int {
	if f.StepWeight > 0 || len(f.StepWeights) == 0 {
		return min(weight+f.StepWeight, 100)
	}
	for _, w := range f.StepWeights {
		if w > weight {
			return min(w, 100)
		}
	}
	return 100
}

type flaggerCourse struct {
	f       Flagger
	now     time.Duration
	weight  int
	failed  int
	copied  bool
	started bool
	why     string // of the last failed check
}

// Act is one tick.
func (c *flaggerCourse) Act(h *History) State {
	defer func() { c.now += c.f.every() }()
	switch {
	case !c.started:
		c.started, c.weight = true, c.f.next(0)
		return c.state(Undecided, "the analysis starts")
	case c.copied:
		return c.state(Promoted, "every weight passed its check")
	case c.failed >= c.f.most():
		return c.state(RolledBack, fmt.Sprintf("%d failed checks, the last: %s", c.failed, c.why))
	}
	if why := c.check(h); why != "" {
		c.failed++
		c.why = why
		return c.state(Undecided, fmt.Sprintf("failed check %d of %d: %s", c.failed, c.f.most(), why))
	}
	if c.weight >= c.f.highest() {
		c.copied = true
		return c.state(Undecided, "the version is copied to the primary")
	}
	c.weight = c.f.next(c.weight)
	return c.state(Undecided, "a passed check raises the weight")
}

func (c *flaggerCourse) state(o Outcome, why string) State {
	s := State{Outcome: o, Reason: why, Weight: c.weight, Next: c.now + c.f.every()}
	switch o {
	case Promoted:
		s.Weight = 100
	case RolledBack:
		s.Weight = 0
	}
	return s
}

// check is why a check fails; empty when it passes.
func (c *flaggerCourse) check(h *History) string {
	success := c.f.Success.success(h, c.now)
	switch {
	case success.none():
		return "no values found for request-success-rate"
	case success.value < c.f.MinSuccess:
		return fmt.Sprintf("request-success-rate %.2f%% is below %v%%", success.value, c.f.MinSuccess)
	}
	if c.f.MaxP99 == 0 {
		return ""
	}
	p99, limit := c.f.Duration.p99(h, c.now), float64(c.f.MaxP99.Milliseconds())
	switch {
	case p99.none():
		return "no values found for request-duration"
	case p99.value > limit:
		return fmt.Sprintf("request-duration %.0f ms is above %s", p99.value, c.f.MaxP99)
	}
	return ""
}
