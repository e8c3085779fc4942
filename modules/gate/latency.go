package gate

import (
	"fmt"
	"strings"
	"time"
)

// LatencyOptions ask about a quantile of the requests' durations. At least one
// of Max and Regression is set; with both, both must hold.
type LatencyOptions struct {
	// Name defaults to "latency".
	Name string
	// Quantile is the part of requests that must be fast enough, above 0 and
	// below 1; .99 is the p99.
	Quantile float64
	// Max is how long the request at the Quantile may take. It is tested at the
	// histogram's bucket bound there, or at the next lower one.
	Max *time.Duration
	// Regression is how many times stable's quantile the candidate's may be, at
	// least 1.
	Regression *float64
	// Against is the version that Regression compares with; PeerStable when empty.
	Against Peer
	// MinRequests is how many candidate requests a Step needs before a pass. Zero
	// takes DefaultMinRequests for a fixed gate; a sequential one knows by itself
	// how many it needs.
	MinRequests uint64
	// MaxAge is how old the newest sample may be; zero takes DefaultMaxAge.
	MaxAge time.Duration

	Promise
}

// Latency makes a gate on the duration of requests. The error says which option
// is wrong and what it may be.
func Latency(o LatencyOptions) (Gate, error) {
	if o.Name == "" {
		o.Name = "latency"
	}
	o.Promise = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("gate %q: %w", o.Name, err)
	}
	if o.MinRequests == 0 && o.Method == Fixed {
		o.MinRequests = DefaultMinRequests
	}
	if o.Max == nil && o.Regression == nil {
		return nil, fmt.Errorf("gate %q: give max (a duration such as 300ms), regression (times stable's quantile, such as 1.2), or both", o.Name)
	}
	if !within(o.Quantile, .001, .99999) {
		return nil, fmt.Errorf("gate %q: quantile %v is not a share below 1; write 99%% or 0.99", o.Name, o.Quantile)
	}
	if o.Max != nil && *o.Max <= 0 {
		return nil, fmt.Errorf("gate %q: max %v is not a positive duration; write 300ms", o.Name, *o.Max)
	}
	if err := checkRegression(o.Name, o.Regression); err != nil {
		return nil, err
	}
	if o.Method == Fixed {
		return fixedLatency{o}, nil
	}
	return seqLatency{o}, nil
}

func (o LatencyOptions) question() string {
	var limits []string
	if o.Max != nil {
		limits = append(limits, duration(*o.Max))
	}
	if o.Regression != nil {
		limits = append(limits, o.Against.times(*o.Regression))
	}
	return quantileName(o.Quantile) + " at most " + strings.Join(limits, " and ")
}
