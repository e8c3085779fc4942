// Package report holds a Rollout's typed result and turns it into text for a
// person and documents for machines. It knows nothing of how a Rollout works.
package report

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Result is a Rollout's outcome, one document.
type Result struct {
	Release   string    `json:"release"`
	Namespace string    `json:"namespace"`
	ID        string    `json:"id"`
	Verdict   Verdict   `json:"verdict"`
	Reason    string    `json:"reason"`
	Next      string    `json:"next,omitempty"`
	Strategy  string    `json:"strategy"`
	From      string    `json:"from,omitempty"`
	To        string    `json:"to,omitempty"`
	Source    string    `json:"source,omitempty"`
	Started   time.Time `json:"started"`
	Finished  time.Time `json:"finished"`
	Seconds   float64   `json:"seconds"`
	// Weight is the candidate's share in percent when this was written; nil where
	// nothing is moved.
	Weight *int   `json:"weight,omitempty"`
	Steps  []Step `json:"steps"`
	// Timeline is what every look saw, for charts and for `headgate replay`.
	Timeline  Timeline `json:"timeline,omitempty"`
	Stable    Side     `json:"stable"`
	Candidate Side     `json:"candidate"`
	// Baseline is what a baseline served, which Stable has no part of; nil without
	// one.
	Baseline *Side `json:"baseline,omitempty"`
	// Warmup is what the candidate served while its Pods warmed up, which Candidate
	// has a part of and no gate was shown; nil without a warm-up.
	Warmup   *Side    `json:"warmup,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Words is the verdict as a headline that says who serves.
func (r Result) Words() string {
	if r.Verdict == Aborted && r.Strategy != "" { // what only measures moves nothing
		return "aborted and put back; the old version serves all traffic"
	}
	return r.Verdict.Words()
}

// Name is the release with its namespace, where that is known.
func (r Result) Name() string {
	if r.Namespace == "" {
		return r.Release
	}
	return r.Namespace + "/" + r.Release
}

// Step is one thing the Rollout did or left undone.
type Step struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	// Weight is the candidate's share in percent while the step ran.
	Weight  int     `json:"weight"`
	Seconds float64 `json:"seconds,omitempty"`
	// ObservedShare is the candidate's measured part of the requests in
	// percent; nil when the step measured none.
	ObservedShare *float64 `json:"observedShare,omitempty"`
	Detail        string   `json:"detail,omitempty"`
	Stable        *Side    `json:"stable,omitempty"`
	Candidate     *Side    `json:"candidate,omitempty"`
	Baseline      *Side    `json:"baseline,omitempty"`
	Gates         []Gate   `json:"gates,omitempty"`
	// Logs are the last lines of a container that kept the step from ending well.
	Logs []string `json:"logs,omitempty"`
}

// Status is where a step stands.
type Status string

// The states of a step.
const (
	Pending Status = "pending"
	Running Status = "running"
	Done    Status = "done"
	Failed  Status = "failed"
	// Stopped: it was ended by a person's wish, for want of evidence or because
	// somebody else changed what it works on. Nothing failed.
	Stopped Status = "stopped"
	Undone  Status = "undone"
)

// Gate is a gate's last answer in a step.
type Gate struct {
	Name     string `json:"name"`
	Question string `json:"question,omitempty"`
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason"`
	// Limit is what the candidate is held to whatever stable does; nil where the
	// gate only compares, or asks a query.
	Limit *Limit `json:"limit,omitempty"`
}

// Limit is a gate's limit: of failed requests, or of latency.
type Limit struct {
	// ErrorRate is the share of requests that may fail, 0 to 1.
	ErrorRate *float64 `json:"errorRate,omitempty"`
	// Ms is what the request at the Quantile (0 to 1) may take, in milliseconds.
	Ms       *float64 `json:"ms,omitempty"`
	Quantile float64  `json:"quantile,omitempty"`
}

// Side is what one version served.
type Side struct {
	Requests uint64 `json:"requests"`
	Errors   uint64 `json:"errors"`
	// ErrorRate is errors per request, 0 to 1; nil without requests.
	ErrorRate *float64 `json:"errorRate,omitempty"`
	// Outcomes are the requests that were no plain success: by HTTP status, with the
	// gRPC status behind a slash, or hangup.
	Outcomes evidence.Outcomes `json:"outcomes,omitempty"`
	Latency  Latency           `json:"latency"`
}

// Latency is quantiles in milliseconds; nil where none could be measured.
type Latency struct {
	P50 *float64 `json:"p50Ms,omitempty"`
	P90 *float64 `json:"p90Ms,omitempty"`
	P99 *float64 `json:"p99Ms,omitempty"`
}
