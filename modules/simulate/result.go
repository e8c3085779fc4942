package simulate

import (
	"math"
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/rules"
)

// Result is the whole of a simulation, one document.
type Result struct {
	RequestsPerSecond float64 `json:"requestsPerSecond"`
	// StableErrors is the share of stable's requests that fail, 0 to 1.
	StableErrors float64 `json:"stableErrors"`
	Cluster      int     `json:"cluster"`
	// HistorySeconds is how long stable was watched beforehand.
	HistorySeconds float64 `json:"historySeconds"`
	Runs           int     `json:"runs"`
	Seed           uint64  `json:"seed"`
	MostSeconds    float64 `json:"mostSeconds"`
	// Groups has the rows of each candidate.
	Groups []Group `json:"groups"`
}

// Group is one candidate under all rules.
type Group struct {
	Candidate string `json:"candidate"`
	// Errors is the share of its requests that fail, 0 to 1.
	Errors float64 `json:"errors"`
	Rows   []Row   `json:"rows"`
}

// Row is one candidate under one rule.
type Row struct {
	Rule     string `json:"rule"`
	Settings string `json:"settings"`
	// RolledBack, Promoted, Held and Undecided are shares of the runs.
	RolledBack Share `json:"rolledBack"`
	Promoted   Share `json:"promoted"`
	Held       Share `json:"held"`
	Undecided  Share `json:"undecided"`
	// RollBackSeconds and PromoteSeconds are the times until then; nil where it
	// never came to that.
	RollBackSeconds *Spread `json:"rollBackSeconds,omitempty"`
	PromoteSeconds  *Spread `json:"promoteSeconds,omitempty"`
	// FailedRequests is how many of the candidate's requests failed until the end
	// of a rollout, whatever the end was.
	FailedRequests Spread `json:"failedRequests"`
	// Found is the share rolled back by a time, for a chart.
	Found []Mark `json:"found,omitempty"`
}

// Share is a part of the runs with its 95% confidence interval (Wilson 1927).
type Share struct {
	Count int     `json:"count"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Spread is the middle of some numbers and their 95th percentile.
type Spread struct {
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
}

// Mark is a point of a curve.
type Mark struct {
	Seconds float64 `json:"seconds"`
	Share   float64 `json:"share"`
}

func (s Spec) result(ends []ending) *Result {
	out := &Result{
		RequestsPerSecond: s.Traffic.PerSecond, StableErrors: s.Traffic.Stable.Errors, Cluster: max(s.Traffic.Cluster, 1),
		HistorySeconds: s.Traffic.History.Seconds(), Runs: s.Runs, Seed: s.Seed, MostSeconds: s.Most.Seconds(),
	}
	for i, c := range s.Candidates {
		g := Group{Candidate: c.Name, Errors: c.Errors}
		for j, r := range s.Rules {
			from := (i*len(s.Rules) + j) * s.Runs
			g.Rows = append(g.Rows, rowOf(r, ends[from:from+s.Runs]))
		}
		out.Groups = append(out.Groups, g)
	}
	return out
}

func rowOf(r rules.Rule, ends []ending) Row {
	count := map[rules.Outcome]int{}
	times := map[rules.Outcome][]float64{}
	failed := make([]float64, 0, len(ends))
	for _, e := range ends {
		count[e.outcome]++
		times[e.outcome] = append(times[e.outcome], e.after.Seconds())
		failed = append(failed, float64(e.candidate.Errors))
	}
	share := func(o rules.Outcome) Share { return shareOf(count[o], len(ends)) }
	return Row{
		Rule: r.Name(), Settings: r.Settings(),
		RolledBack: share(rules.RolledBack), Promoted: share(rules.Promoted), Held: share(rules.Held), Undecided: share(rules.Undecided),
		RollBackSeconds: spread(times[rules.RolledBack]), PromoteSeconds: spread(times[rules.Promoted]),
		FailedRequests: *spread(failed), Found: curve(times[rules.RolledBack], len(ends)),
	}
}

// shareOf is x of n with Wilson's interval at 95%.
func shareOf(x, n int) Share {
	const z = 1.959964
	p, m := float64(x)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	out := Share{Count: x, Share: p, Low: middle - half, High: middle + half}
	if x == 0 {
		out.Low = 0
	}
	if x == n {
		out.High = 1
	}
	return out
}

// spread is nil without numbers.
func spread(v []float64) *Spread {
	if len(v) == 0 {
		return nil
	}
	slices.Sort(v)
	return &Spread{Median: (v[(len(v)-1)/2] + v[len(v)/2]) / 2, P95: v[(len(v)*95+99)/100-1]}
}

// curve is the share of n that has come by a time, at up to 100 times. The
// times are sorted.
func curve(times []float64, n int) (out []Mark) {
	step := max(len(times)/100, 1)
	for i := step - 1; i < len(times); i += step {
		out = append(out, Mark{Seconds: times[i], Share: float64(i+1) / float64(n)})
	}
	if k := len(times); k > 0 && out[len(out)-1].Seconds < times[k-1] {
		out = append(out, Mark{Seconds: times[k-1], Share: float64(k) / float64(n)})
	}
	return out
}

func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }
