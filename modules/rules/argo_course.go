package rules

import (
	"fmt"
	"math"
	"time"
)

type argoCourse struct {
	a       Argo
	started bool
	now     time.Duration
	step    int
	until   time.Duration // end of the step's pause
	metrics []*argoMetric
}

// argoMetric is one metric of the analysis.
type argoMetric struct {
	name string
	ask  func(*History, time.Duration) (phase, string)
	next time.Duration // of its next measurement; never before the analysis starts

	count, failed, inconclusive, errors int
}

const never = time.Duration(math.MaxInt64)

// Act measures what is due and moves on when a pause is over.
func (c *argoCourse) Act(h *History) State {
	if !c.started {
		c.started = true
		for _, m := range c.metrics {
			m.next = never
		}
		c.enter(0)
	}
	if outcome, why := c.measure(h); outcome != Undecided {
		return c.state(outcome, why)
	}
	if c.now >= c.until {
		if c.step+1 == len(c.a.Steps) {
			return c.state(Promoted, "the last pause is over; "+c.measured())
		}
		c.enter(c.step + 1)
		if outcome, why := c.measure(h); outcome != Undecided {
			return c.state(outcome, why)
		}
	}
	return c.state(Undecided, c.measured())
}

// enter sets a step's weight; with the right step the analysis starts.
func (c *argoCourse) enter(step int) {
	c.step, c.until = step, c.now+c.a.Steps[step].Pause
	if step != c.a.From {
		return
	}
	for _, m := range c.metrics {
		m.next = c.now + c.a.Delay
	}
}

// measure takes the measurements that are due.
func (c *argoCourse) measure(h *History) (Outcome, string) {
	for _, m := range c.metrics {
		if m.next > c.now {
			continue
		}
		if outcome, why := m.measure(c.a, h, c.now); outcome != Undecided {
			return outcome, fmt.Sprintf("metric %s: %s", m.name, why)
		}
	}
	return Undecided, ""
}

func (c *argoCourse) state(o Outcome, why string) State {
	s := State{Outcome: o, Reason: why, Weight: c.a.Steps[c.step].Weight, Next: c.until}
	for _, m := range c.metrics {
		s.Next = min(s.Next, m.next)
	}
	switch o {
	case Promoted:
		s.Weight = 100
	case RolledBack:
		s.Weight = 0
	}
	c.now = s.Next
	return s
}

func (c *argoCourse) measured() string {
	m := c.metrics[0]
	return fmt.Sprintf("%d measurements, %d of them failed", m.count, m.failed)
}

// measure takes one measurement.
func (m *argoMetric) measure(a Argo, h *History, at time.Duration) (Outcome, string) {
	got, words := m.ask(h, at)
	m.next = at + a.Interval
	if got == errored {
		m.errors++
		m.next = at + retryErrors
		if m.errors > a.errorLimit() {
			return RolledBack, fmt.Sprintf("%d errors in a row, more than %d: %s", m.errors, a.errorLimit(), words)
		}
		return Undecided, words
	}
	m.count, m.errors = m.count+1, 0
	switch got {
	case failed:
		m.failed++
	case inconclusive:
		m.inconclusive++
	}
	switch {
	case m.inconclusive > a.InconclusiveLimit:
		return Held, fmt.Sprintf("%d inconclusive measurements, more than %d: %s", m.inconclusive, a.InconclusiveLimit, words)
	case m.failed > a.FailureLimit:
		return RolledBack, fmt.Sprintf("%d failed measurements, more than %d: %s", m.failed, a.FailureLimit, words)
	case a.Count > 0 && m.count >= a.Count:
		m.next = never
	}
	return Undecided, words
}
