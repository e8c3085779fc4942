package series

import (
	"math"
	"time"
)

// Part is what a series of a metric counts.
type Part int

// The parts that are read.
const (
	Requests Part = iota // finished requests
	Bucket               // requests that took at most Bound
	Sum                  // microseconds that all requests took
	Opened               // connections that began
	Closed               // connections that ended, or could not be made
)

// Infinite is the bound of the last bucket, which holds every request.
const Infinite = time.Duration(math.MaxInt64)

// Sample is one series at one time, in the mesh's words.
type Sample struct {
	Request
	// Key is the series' identity across reads, Group the same without the
	// bucket's bound, so that the buckets of one histogram find each other.
	Key, Group string
	Part       Part
	// Bound is a Bucket's inclusive upper bound.
	Bound time.Duration
	At    time.Time
	// Value is the raw value: a count, or microseconds for a Sum.
	Value float64
}

// Bound is a bucket's upper bound, given in units; false if it is no bound.
func Bound(le float64, unit time.Duration) (time.Duration, bool) {
	if math.IsNaN(le) || le < 0 {
		return 0, false
	}
	if le *= float64(unit); le >= float64(math.MaxInt64) {
		return Infinite, true
	}
	return time.Duration(math.Round(le)), true
}

// Micros turns a sum of durations, given in units, into microseconds.
func Micros(sum float64, unit time.Duration) float64 {
	return sum * float64(unit) / float64(time.Microsecond)
}
