package gate

import (
	"fmt"
	"math"
)

// Method is how a gate decides.
type Method string

// The methods.
const (
	// Sequential decides as soon as the Evidence suffices, with the two promises
	// of Promise, however often one looks.
	Sequential Method = "sequential"
	// Fixed compares what was seen in a Step with the limits once enough requests
	// are in. It promises nothing about chance.
	Fixed Method = "fixed"
)

// The defaults of Promise.
const (
	DefaultMethod = Sequential
	DefaultAlpha  = .01
	DefaultBeta   = .05
	DefaultEffect = .005
)

// Promise is what a gate promises and how it goes about it. The zero value takes
// every default.
type Promise struct {
	// Method defaults to DefaultMethod.
	Method Method
	// Alpha bounds the probability that a candidate within the limit fails the
	// gate at any time in a Rollout; zero takes DefaultAlpha.
	Alpha float64
	// Beta bounds the probability that a candidate worse than the limit passes
	// the gate; zero takes DefaultBeta.
	Beta float64
	// Effect is how much worse than a comparison with stable allows a candidate
	// must be before Beta covers it, as a share of its requests; zero takes
	// DefaultEffect. Without it, a stable version that hardly ever fails could
	// never be compared with.
	Effect float64
	// Cluster is how many errors come at once (retries, one user, one Pod). Zero
	// measures it at stable; see docs/gates.md for what is assumed until then.
	Cluster float64
	// Joint is the promise of all the gates that share an alpha; the zero value
	// is that of a gate by itself.
	Joint Joint
}

// Joint is what several gates promise together. Alpha of each is then its part.
type Joint struct {
	// Alpha bounds the probability that any of them fails a good candidate.
	Alpha float64
	// Gates is how many there are.
	Gates int
	// Averaged says that the mean of their e-values fails the candidate too (see
	// Together and Panel); otherwise each decides by its part alone.
	Averaged bool
}

// Share gives each of several gates its part of an alpha. Beta needs no split: a
// bad candidate must get past every gate.
func (p Promise) Share(alpha float64, gates int, averaged bool) Promise {
	p.Alpha = SplitAlpha(alpha, gates)
	p.Joint = Joint{Alpha: alpha, Gates: gates, Averaged: averaged}
	return p
}

func (p Promise) withDefaults() Promise {
	if p.Method == "" {
		p.Method = DefaultMethod
	}
	for _, d := range []struct {
		v *float64
		d float64
	}{{&p.Alpha, DefaultAlpha}, {&p.Beta, DefaultBeta}, {&p.Effect, DefaultEffect}} {
		if *d.v == 0 {
			*d.v = d.d
		}
	}
	return p
}

func (p Promise) check() error {
	switch {
	case p.Method != Sequential && p.Method != Fixed:
		return fmt.Errorf("method %q is unknown; write %s or %s", p.Method, Sequential, Fixed)
	case !within(p.Alpha, 1e-9, .5):
		return fmt.Errorf("alpha %v is not a probability up to 0.5; 0.01 is usual", p.Alpha)
	case !within(p.Beta, 1e-9, .5):
		return fmt.Errorf("beta %v is not a probability up to 0.5; 0.05 is usual", p.Beta)
	case !within(p.Effect, 1e-6, .5):
		return fmt.Errorf("effect %v is not a share up to 50%%; 0.5%% is usual", p.Effect)
	case p.Cluster != 0 && !within(p.Cluster, 1, 1000):
		return fmt.Errorf("cluster %v is not a number of errors from 1 to 1000", p.Cluster)
	}
	return nil
}

// failAt and passAt are what the logarithm of an e-value must reach.
func (p Promise) failAt() float64 { return -math.Log(p.Alpha) }
func (p Promise) passAt() float64 { return -math.Log(p.Beta) }

// SplitAlpha is the alpha each of several gates gets so that together they keep
// the one given (Bonferroni). Beta needs no split: a bad candidate must get past
// every gate.
func SplitAlpha(alpha float64, gates int) float64 { return alpha / float64(max(gates, 1)) }

func (p Promise) words() string {
	worse := fmt.Sprintf(", a worse one passes with at most %s", percent(p.Beta))
	switch j := p.Joint; {
	case j.Gates < 2:
		return fmt.Sprintf("; a good version fails with probability at most %s", percent(p.Alpha)) + worse
	case j.Averaged:
		return fmt.Sprintf("; a good version fails any of the %d gates with probability at most %s (their mean decides)", j.Gates, percent(j.Alpha)) + worse
	default:
		return fmt.Sprintf("; a good version fails with probability at most %s, any of the %d gates with %s", percent(p.Alpha), j.Gates, percent(j.Alpha)) + worse
	}
}
