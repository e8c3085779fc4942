package load

import (
	"maps"
	"time"
)

// Counts are requests answered, and how many of them failed: no answer, an
// answer cut off, or a status of 400 and above.
type Counts struct {
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"`
}

// Result is what came of a stream of requests.
type Result struct {
	Counts
	// Duration is the time from the first request to the reading.
	Duration time.Duration `json:"duration"`
	// Versions counts by the version that answered. The empty version stands
	// for requests that no version answered: the mesh did, or nobody.
	Versions map[string]Counts `json:"versions"`
	// Status counts by status code; 0 stands for no answer at all.
	Status map[int]int64 `json:"status"`
	// Failures are the first failed requests, at most 20.
	Failures []Failure `json:"failures,omitempty"`
	// Latency is over all requests, failed ones too.
	Latency Latency `json:"latency"`
	// Behind is how late the latest request was sent; a long time says that
	// Concurrency was too small for the rate.
	Behind time.Duration `json:"behind"`
	// Timeline has one entry a second, oldest first, of the last hour at most.
	Timeline []Second `json:"timeline,omitempty"`
}

// Failure is one failed request.
type Failure struct {
	After   time.Duration `json:"after"` // the start
	Status  int           `json:"status"`
	Version string        `json:"version,omitempty"`
	Detail  string        `json:"detail"`
}

// Latency are quantiles, each at most 2% too high.
type Latency struct {
	P50 time.Duration `json:"p50"`
	P90 time.Duration `json:"p90"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

// Second are the requests answered within one second.
type Second struct {
	After time.Duration `json:"after"` // the start
	Counts
	Versions map[string]Counts `json:"versions"`
}

// Since returns the counts of r that are newer than an earlier reading of the
// same stream: Counts, Duration, Versions and Status; the rest stays empty.
func (r Result) Since(earlier Result) Result {
	d := Result{
		Counts:   r.minus(earlier.Counts),
		Duration: r.Duration - earlier.Duration,
		Versions: map[string]Counts{},
		Status:   map[int]int64{},
	}
	for v, c := range r.Versions {
		if n := c.minus(earlier.Versions[v]); n.Requests > 0 {
			d.Versions[v] = n
		}
	}
	for s, n := range r.Status {
		if n -= earlier.Status[s]; n > 0 {
			d.Status[s] = n
		}
	}
	return d
}

// Unanswered are the failed requests for which no version is to blame.
func (r Result) Unanswered() int64 { return r.Versions[""].Failed }

func (c Counts) minus(d Counts) Counts {
	return Counts{Requests: c.Requests - d.Requests, Failed: c.Failed - d.Failed}
}

func (c Counts) plus(failed bool) Counts {
	c.Requests++
	if failed {
		c.Failed++
	}
	return c
}

func (s Second) clone() Second {
	s.Versions = maps.Clone(s.Versions)
	return s
}
