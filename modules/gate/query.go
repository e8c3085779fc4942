package gate

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/evidence/promql"
)

// DefaultLooks is how many looks in a row a query's answer must be on one side.
const DefaultLooks = 3

// How far apart the answers to a query must lie to count twice.
const (
	DefaultEvery      = 15 * time.Second
	DefaultFixedEvery = 5 * time.Second
)

// QueryOptions ask a free PromQL query. At least one of Min and Max is set.
type QueryOptions struct {
	// Name defaults to "query"; the answer is looked up by it.
	Name string
	// PromQL gives one number.
	PromQL string
	// Min and Max bound the answer, both inclusive.
	Min, Max *float64
	// Looks is how many looks in a row a fixed gate wants inside the bounds to
	// pass, or outside to fail; zero takes DefaultLooks.
	Looks int
	// Every is how far apart answers must lie to count as different ones, at least
	// as long as the query's own window; zero takes DefaultEvery, or for a fixed
	// gate DefaultFixedEvery.
	Every time.Duration
	// Lookback is how far back the query looks; zero has it read from PromQL. No
	// answer counts before the candidate has had traffic for as long.
	Lookback time.Duration
	// MaxAge is how old an answer may be; zero takes DefaultMaxAge.
	MaxAge time.Duration

	Promise
}

// Query makes a gate on the answer to a free query. The error says which option
// is wrong and what it may be.
func Query(o QueryOptions) (Gate, error) {
	if o.Name == "" {
		o.Name = "query"
	}
	o.Promise = o.withDefaults()
	if err := errors.Join(o.check(), o.Promise.check()); err != nil {
		return nil, fmt.Errorf("gate %q: %w", o.Name, err)
	}
	if o.Every <= 0 {
		o.Every = DefaultEvery
		if o.Method == Fixed {
			o.Every = DefaultFixedEvery
		}
	}
	if o.Looks == 0 {
		o.Looks = DefaultLooks
	}
	if o.MaxAge <= 0 {
		o.MaxAge = DefaultMaxAge
	}
	if o.Method == Fixed {
		return fixedQuery{o}, nil
	}
	return seqQuery{o}, nil
}

func (o QueryOptions) check() error {
	switch {
	case strings.TrimSpace(o.PromQL) == "":
		return errors.New("promql is empty; write a query that gives one number")
	case o.Min == nil && o.Max == nil:
		return errors.New("give min, max or both; without a bound there is nothing to decide")
	case !finite(o.Min) || !finite(o.Max):
		return errors.New("min and max must be ordinary numbers")
	case o.Min != nil && o.Max != nil && *o.Min > *o.Max:
		return fmt.Errorf("min %v is above max %v: no answer could pass", *o.Min, *o.Max)
	case o.Looks < 0:
		return fmt.Errorf("looks %d is negative; 3 is usual", o.Looks)
	case o.Lookback < 0:
		return fmt.Errorf("lookback %s is negative; leave it out to have it read from the query", o.Lookback)
	}
	return nil
}

func finite(v *float64) bool { return v == nil || !math.IsNaN(*v) && !math.IsInf(*v, 0) }

// bounds are the bounds in words.
func (o QueryOptions) bounds() string {
	switch {
	case o.Min == nil:
		return "at most " + number(*o.Max)
	case o.Max == nil:
		return "at least " + number(*o.Min)
	default:
		return "between " + number(*o.Min) + " and " + number(*o.Max)
	}
}

// early says why an answer is no word about the candidate: the query looks back
// to what was before it.
func (o QueryOptions) early(v evidence.Value, onTrial time.Time) string {
	if onTrial.IsZero() {
		return "the candidate has had no traffic that the query could tell of"
	}
	reach, had := promql.New(o.PromQL, o.Lookback).Reach(promql.LeastWindow), v.At.Sub(onTrial)
	if had >= reach {
		return ""
	}
	return fmt.Sprintf("the query looks %s back, and the candidate has had traffic for %s",
		duration(reach), duration(max(had, 0).Round(time.Second)))
}

func (o QueryOptions) inside(v float64) bool {
	return (o.Min == nil || v >= *o.Min) && (o.Max == nil || v <= *o.Max)
}
