package rules

import (
	"errors"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
)

// Question is gates without a release file. Zero values take the gates' own
// defaults; without any limit it is errors of at most 1%.
type Question struct {
	// MaxErrors is the highest share of failed requests, 0 to 1.
	MaxErrors *float64
	// Regression is how many times stable's share the candidate's may be.
	Regression *float64
	// MaxP99 is how long the request at the 99th percentile may take.
	MaxP99 time.Duration
	gate.Promise
}

// Gates are the gates that ask it. Several share alpha.
func (q Question) Gates() ([]gate.Gate, error) {
	if q.MaxErrors == nil && q.Regression == nil && q.MaxP99 == 0 {
		limit := .01
		q.MaxErrors = &limit
	}
	if (q.MaxErrors != nil || q.Regression != nil) && q.MaxP99 != 0 {
		if q.Alpha == 0 {
			q.Alpha = gate.DefaultAlpha
		}
		q.Promise = q.Share(q.Alpha, 2, true)
	}
	var out []gate.Gate
	var errs []error
	add := func(g gate.Gate, err error) { out, errs = append(out, g), append(errs, err) }
	if q.MaxErrors != nil || q.Regression != nil {
		add(gate.Errors(gate.ErrorsOptions{Max: q.MaxErrors, Regression: q.Regression, Promise: q.Promise}))
	}
	if q.MaxP99 != 0 {
		add(gate.Latency(gate.LatencyOptions{Name: "latency-p99", Quantile: .99, Max: &q.MaxP99, Promise: q.Promise}))
	}
	return out, errors.Join(errs...)
}
