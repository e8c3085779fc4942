// Package promql reads how far back a free query looks, by PromQL's own parser.
// An answer over the last two minutes is no word about a version that has had
// traffic for ten seconds: the gates have to know, and so has who fills in
// $window.
package promql

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Window stands in a query for a time that grows with the step; see Fit.
const Window = "$window"

// LeastWindow is the shortest that Window stands for: four scrapes of 15 s, below
// which rate() has too few samples to go by.
const LeastWindow = time.Minute

// assumed is how far a query looks back that cannot be read.
const assumed = 5 * time.Minute

// Query is a free query as far as time goes.
type Query struct {
	text string
	// given is how far it looks back by its author's word; zero to read it.
	given time.Duration
}

// New takes a query; lookback is how far back it looks by its author's word, for
// one that Reach cannot read or that compares with the past on purpose. Zero has
// it read.
func New(text string, lookback time.Duration) Query { return Query{text, lookback} }

// Check says why the query cannot be read here. A Prometheus that knows another
// dialect may still answer it: five minutes are taken for it then.
func (q Query) Check() error {
	if q.given > 0 {
		return nil
	}
	_, err := q.read(LeastWindow)
	return err
}

// Windowed says that the query holds Window.
func (q Query) Windowed() bool { return strings.Contains(q.text, Window) }

// Fill is the query with a time for Window.
func (q Query) Fill(window time.Duration) string {
	return strings.ReplaceAll(q.text, Window, strconv.Itoa(int(window/time.Second))+"s")
}

// Reach is how far back the query looks where Window is this long: the longest
// way over ranges, offsets and subqueries. A part that is pinned to a time (@) is
// a comparison with it and reaches nowhere.
func (q Query) Reach(window time.Duration) time.Duration {
	if q.given > 0 {
		return q.given
	}
	d, err := q.read(window)
	switch {
	case err == nil:
		return d
	case q.Windowed():
		return max(window, assumed)
	default:
		return assumed
	}
}

// Fit is how long Window may be: wanted, or as much less as keeps the query
// within since. False while even LeastWindow would reach further back.
func (q Query) Fit(wanted, since time.Duration) (time.Duration, bool) {
	if q.given > 0 {
		return max(wanted, LeastWindow), q.given <= since
	}
	window := max(wanted, LeastWindow).Truncate(time.Second)
	if over := q.Reach(window) - since; over > 0 {
		window = max(window-over, LeastWindow).Truncate(time.Second)
	}
	return window, q.Reach(window) <= since
}

// read parses the query with everything on that a Prometheus may have switched on.
func (q Query) read(window time.Duration) (time.Duration, error) {
	expr, err := parser.NewParser(parser.Options{
		EnableExperimentalFunctions: true, ExperimentalDurationExpr: true,
		EnableExtendedRangeSelectors: true, EnableBinopFillModifiers: true,
	}).ParseExpr(q.Fill(window))
	if err != nil {
		return 0, fmt.Errorf("it is no PromQL that is known here: %w", err)
	}
	w := &way{}
	return max(w.reach(expr), 0), w.err
}

// way adds up how far a query looks back.
type way struct{ err error }

func (w *way) reach(node parser.Node) time.Duration {
	switch n := node.(type) {
	case *parser.VectorSelector:
		return w.back(n.OriginalOffset, n.Timestamp, n.OriginalOffsetExpr)
	case *parser.MatrixSelector:
		if v, ok := n.VectorSelector.(*parser.VectorSelector); ok && v.Timestamp != nil {
			return 0
		}
		return w.back(n.Range, nil, n.RangeExpr) + w.reach(n.VectorSelector)
	case *parser.SubqueryExpr:
		if n.Timestamp != nil {
			return 0
		}
		return w.back(n.Range, nil, n.RangeExpr) + w.back(n.OriginalOffset, nil, n.OriginalOffsetExpr) + w.reach(n.Expr)
	}
	var most time.Duration
	for child := range parser.ChildrenIter(node) {
		most = max(most, w.reach(child))
	}
	return most
}

// back is a written time; an expression in its place is not worked out.
func (w *way) back(d time.Duration, at *int64, computed *parser.DurationExpr) time.Duration {
	if computed != nil {
		w.err = fmt.Errorf("a time in it is computed (%s)", computed)
	}
	if at != nil {
		return 0
	}
	return d
}
