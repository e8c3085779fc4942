package gate

import "time"

// Limit is a value that a gate holds the candidate to whatever stable does, for a
// chart to draw. Of its parts one is set.
type Limit struct {
	// Errors is the share of requests that may fail, 0 to 1.
	Errors *float64
	// Latency is what the request at the Quantile may take.
	Latency  *time.Duration
	Quantile float64
}

// LimitOf is a gate's limit; false for one that only compares, or that asks a
// query of its own.
func LimitOf(g Gate) (l Limit, ok bool) {
	switch g := g.(type) {
	case seqErrors:
		l.Errors = g.o.Max
	case fixedErrors:
		l.Errors = g.o.Max
	case seqLatency:
		l.Latency, l.Quantile = g.o.Max, g.o.Quantile
	case fixedLatency:
		l.Latency, l.Quantile = g.o.Max, g.o.Quantile
	}
	return l, l.Errors != nil || l.Latency != nil
}
