package replay

import (
	"time"

	"github.com/headgate-ci/headgate/modules/rules"
)

// Result is a replay, one document.
type Result struct {
	// Record says where the counts come from, in words.
	Record string `json:"record"`
	// Happened is what was decided then; empty where nobody knows.
	Happened string `json:"happened,omitempty"`
	// Began is when the candidate had its first request; Seconds is from there to
	// the record's end.
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"`
	// Requests and FailedRequests are the candidate's in the whole record.
	Requests       uint64     `json:"requests"`
	FailedRequests uint64     `json:"failedRequests"`
	Decisions      []Decision `json:"decisions"`
	// Notes say what the replay cannot know.
	Notes []string `json:"notes,omitempty"`
	// Curve is the candidate's traffic over time, for a chart.
	Curve []Moment `json:"curve"`
}

// Moment is where things stood at a time.
type Moment struct {
	Seconds float64 `json:"seconds"`
	// Requests and FailedRequests are the candidate's since its first.
	Requests       uint64 `json:"requests"`
	FailedRequests uint64 `json:"failedRequests"`
	// Share is the candidate's part of the requests in percent, in the window that
	// ends here; nil without any request.
	Share *float64 `json:"sharePercent,omitempty"`
}

// Run puts the record before Headgate's rules and then the others'.
func Run(r *Record, own []rules.Headgate, others []rules.Rule) *Result {
	all := r.served(r.Length())
	out := &Result{
		Record: r.From, Happened: r.What, Began: r.Began, Seconds: r.Length().Seconds(),
		Requests: all.Requests, FailedRequests: all.Errors, Curve: r.curve(),
	}
	for _, rule := range own {
		out.Decisions = append(out.Decisions, Gates(r, rule))
	}
	for _, rule := range others {
		out.Decisions = append(out.Decisions, Watch(r, rule))
	}
	out.Notes = r.notes()
	return out
}

func (r *Record) notes() []string {
	out := []string{"the traffic is that of the weights that were set then; a rule that had moved them otherwise would have seen other traffic"}
	if len(r.Planned) == 0 {
		out = append(out, "the steps are not known, so the gates are asked for the whole proof once")
	}
	if !r.Latency {
		out = append(out, "durations were not counted; no rule is asked about them")
	}
	if len(r.Before) == 0 {
		out = append(out, "stable was not watched beforehand, so how its errors cluster is learned on the way")
	}
	return out
}

func (r *Record) curve() []Moment {
	out := []Moment{{}}
	var sum Moment
	for _, l := range r.Looks {
		sum.Seconds = l.At.Seconds()
		sum.Requests += l.Candidate.Requests
		sum.FailedRequests += l.Candidate.Errors
		sum.Share = nil
		if share, ok := l.Share(); ok {
			percent := 100 * share
			sum.Share = &percent
		}
		out = append(out, sum)
	}
	return out
}
