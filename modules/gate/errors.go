package gate

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence/outcome"
)

// DefaultMinRequests is how many candidate requests a fixed gate wants to see
// when nothing else is asked.
const DefaultMinRequests = 100

// leastLimit is the lowest error rate that a sequential gate is asked to prove.
const leastLimit = 1e-6

// ErrorsOptions ask about the share of failed requests. At least one of Max and
// Regression is set; with both, both must hold.
type ErrorsOptions struct {
	// Name defaults to "errors".
	Name string
	// Max is the highest share of requests that may fail, 0 to 1.
	Max *float64
	// Regression is how many times stable's error rate the candidate's may be,
	// at least 1.
	Regression *float64
	// Against is the version that Regression compares with; PeerStable when empty.
	Against Peer
	// MinRequests is how many candidate requests a Step needs before a pass. Zero
	// takes DefaultMinRequests for a fixed gate; a sequential one knows by itself
	// how many it needs.
	MinRequests uint64
	// MaxAge is how old the newest sample may be; zero takes DefaultMaxAge.
	MaxAge time.Duration
	// Failing says which requests failed.
	Failing Failing
	failing outcome.Rule

	Promise
}

// Errors makes a gate on the share of failed requests. The error says which
// option is wrong and what it may be.
func Errors(o ErrorsOptions) (Gate, error) {
	if o.Name == "" {
		o.Name = "errors"
	}
	o.Promise = o.withDefaults()
	rule, err := o.Failing.rule()
	if err := errors.Join(o.check(), err); err != nil {
		return nil, fmt.Errorf("gate %q: %w", o.Name, err)
	}
	o.failing = rule
	if o.MinRequests == 0 && o.Method == Fixed {
		o.MinRequests = DefaultMinRequests
	}
	if o.Max == nil && o.Regression == nil {
		return nil, fmt.Errorf("gate %q: give max (a share such as 1%%), regression (times stable's rate, such as 1.5), or both", o.Name)
	}
	if o.Max != nil && !within(*o.Max, 0, 1) {
		return nil, fmt.Errorf("gate %q: max %v is not a share; write 1%% or 0.01", o.Name, *o.Max)
	}
	if o.Max != nil && *o.Max < leastLimit && o.Method == Sequential {
		return nil, fmt.Errorf("gate %q: no number of requests proves an error rate below max %v; write at least 0.0001%%, or method: fixed", o.Name, *o.Max)
	}
	if err := checkRegression(o.Name, o.Regression); err != nil {
		return nil, err
	}
	if o.Method == Fixed {
		return fixedErrors{o}, nil
	}
	return seqErrors{o}, nil
}

func checkRegression(name string, factor *float64) error {
	if factor != nil && !within(*factor, 1, 1000) {
		return fmt.Errorf("gate %q: regression %v is not a factor from 1 to 1000; 1.5 allows one and a half times what stable does", name, *factor)
	}
	return nil
}

// within is false for NaN too.
func within(v, low, high float64) bool { return v >= low && v <= high }

func (o ErrorsOptions) question() string {
	var limits []string
	if o.Max != nil {
		limits = append(limits, percent(*o.Max))
	}
	if o.Regression != nil {
		limits = append(limits, o.Against.times(*o.Regression))
	}
	return "errors" + o.Failing.words() + " at most " + strings.Join(limits, " and ")
}
