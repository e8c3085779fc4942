// Package gate turns Evidence into a Verdict. A Gate is a question; a Trial is
// the question being answered over one Rollout, look by look. Gates are pure:
// they read no clock and no network, so a recorded rollout can be replayed.
package gate

import "github.com/headgate-ci/headgate/modules/evidence"

// Outcome is three-valued: missing Evidence is neither good nor bad.
type Outcome string

// The outcomes of a look.
const (
	Pass         Outcome = "pass"
	Fail         Outcome = "fail"
	Inconclusive Outcome = "inconclusive"
)

// Verdict is the answer at one look.
type Verdict struct {
	Gate    string  `json:"gate"`
	Outcome Outcome `json:"outcome"`
	// Reason is one sentence with numbers, fit for a terminal and a report.
	Reason string `json:"reason"`
	// Missing says what Evidence is still needed while inconclusive, such as
	// "140 more candidate requests"; empty otherwise.
	Missing string `json:"missing,omitempty"`
	// Progress is the part of the Evidence needed that is there, 0 to 1.
	Progress float64 `json:"progress"`
}

// Gate is a question put to Evidence.
type Gate interface {
	// Name is unique within a Release.
	Name() string
	// Question is the gate in words, such as "errors at most 1%, over at least 100 requests".
	Question() string
	// Queries are free queries to be asked at every look, by name; often none.
	Queries() map[string]string
	// Begin starts a Trial with nothing seen yet.
	Begin() Trial
}

// Trial answers a Gate's question over one Rollout.
type Trial interface {
	// NextStep says that the weight has changed and that the question must be
	// answered anew for the new Step. What a Trial carries over is its own affair.
	NextStep()
	// Look takes the Evidence since the previous look (or since the Step's
	// traffic was confirmed) and answers with all that was seen so far.
	Look(delta evidence.Evidence) Verdict
}
