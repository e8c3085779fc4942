// Package probe asks containers how they are, as the kubelet does, except that
// it asks more often until the first good answer: a Pod that is ready should not
// wait for a period to end.
package probe

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Check asks once. Its message says what was wrong, for people.
type Check func(ctx context.Context) (ok bool, message string)

// Report hears of results that mean something: a change for the better or for
// the worse after as many answers as the probe's thresholds want. Every answer
// that counts as a failure is reported to Failed too.
type Report interface {
	Passed()
	Failed(message string, enough bool)
}

// eager is how soon a probe that never passed is asked again at first.
const eager = 50 * time.Millisecond

// Run probes until ctx ends, or until the first success when once is set.
func Run(ctx context.Context, p *corev1.Probe, check Check, report Report, once bool) {
	s := newSchedule(p)
	if !sleep(ctx, s.initial) {
		return
	}
	s.counted = time.Now()
	for {
		started := time.Now()
		asked, cancel := context.WithTimeout(ctx, s.timeout)
		ok, message := check(asked)
		cancel()
		if ctx.Err() != nil {
			return
		}
		switch s.count(ok, started) {
		case passed:
			report.Passed()
			if once {
				return
			}
		case failing:
			report.Failed(message, false)
		case failed:
			report.Failed(message, true)
		}
		if !sleep(ctx, s.wait()) {
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// schedule is what a probe's numbers mean, and where it stands.
type schedule struct {
	initial, period, timeout time.Duration
	good, bad                int // thresholds

	successes, failures int
	everPassed          bool
	quick               time.Duration
	counted             time.Time // when the last failure was counted, or the start
}

func newSchedule(p *corev1.Probe) *schedule {
	return &schedule{
		initial: seconds(p.InitialDelaySeconds, 0),
		period:  seconds(p.PeriodSeconds, 10),
		timeout: seconds(p.TimeoutSeconds, 1),
		good:    max(int(p.SuccessThreshold), 1),
		bad:     orDefault(int(p.FailureThreshold), 3),
		quick:   eager,
	}
}

func seconds(n, otherwise int32) time.Duration {
	return time.Duration(orDefault(int(n), int(otherwise))) * time.Second
}

func orDefault(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}

type verdict int

const (
	nothing verdict = iota // no news
	passed
	failing // counted, but not often enough
	failed
)

// count takes an answer. Before the first success, failures of eager questions
// count once a period only, and none does in the first: so a threshold still
// means a time, and a program may take a moment to start.
func (s *schedule) count(ok bool, at time.Time) verdict {
	if ok {
		s.failures = 0
		if s.successes++; s.successes < s.good {
			return nothing
		}
		s.everPassed = true
		return passed
	}
	s.successes = 0
	if !s.everPassed && at.Sub(s.counted) < s.period {
		return nothing
	}
	s.counted = at
	if s.failures++; s.failures < s.bad {
		return failing
	}
	return failed
}

// wait is the time until the next question.
func (s *schedule) wait() time.Duration {
	if s.everPassed {
		return s.period
	}
	wait := min(s.quick, s.period)
	s.quick = min(s.quick*5/4, time.Second)
	return wait
}
