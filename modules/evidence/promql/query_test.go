package promql_test

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence/promql"
)

func TestHowFarBackAQueryLooks(t *testing.T) {
	t.Parallel()
	for why, c := range map[string]struct {
		query string
		given time.Duration
		want  time.Duration
	}{
		"a gauge is of this moment":                    {query: "sum(queue_length)"},
		"a range":                                      {query: "sum(rate(errors_total[2m]))", want: 2 * time.Minute},
		"the longest of two counts":                    {query: "rate(a[2m]) / rate(b[5m])", want: 5 * time.Minute},
		"an offset adds to its range":                  {query: "rate(a[2m] offset 30s)", want: 150 * time.Second},
		"an offset of a gauge":                         {query: "a offset 1h", want: time.Hour},
		"an offset into the future takes away":         {query: "rate(a[2m] offset -30s)", want: 90 * time.Second},
		"a subquery adds to what it goes over":         {query: "max_over_time(rate(a[1m])[10m:15s])", want: 11 * time.Minute},
		"a subquery has an offset, too":                {query: "max_over_time(rate(a[1m])[10m:] offset 5m)", want: 16 * time.Minute},
		"ranges in aggregations, functions and binops": {query: `1 - sum(increase(a{x="y"}[3m])) / clamp_min(sum(increase(a[4m])), 1) or vector(0)`, want: 4 * time.Minute},
		"a part pinned to a time is a comparison":      {query: "rate(a[1m]) / rate(a[1h] @ 1700000000)", want: time.Minute},
		"the end of the query is this moment":          {query: "rate(a[2m] @ end())", want: 2 * time.Minute},
		"$window is what it stands for":                {query: "rate(a[$window] offset 15s)", want: 75 * time.Second},
		"the author's word":                            {query: "rate(a[1m]) / rate(a[1m] offset 1w)", given: time.Minute, want: time.Minute},
		"another dialect is taken for five minutes":    {query: "WITH (x = 1) rate(a)", want: 5 * time.Minute},
		"a computed time is taken for five minutes":    {query: "rate(a[1m*10])", want: 5 * time.Minute},
		"an experimental function":                     {query: "mad_over_time(a[7m])", want: 7 * time.Minute},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			q := promql.New(c.query, c.given)
			if got := q.Reach(time.Minute); got != c.want {
				t.Errorf("%s looks %s back, want %s (%v)", c.query, got, c.want, q.Check())
			}
		})
	}
}

func TestWindowGrowsAndStaysWithinTheTrial(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for why, c := range map[string]struct {
		query         string
		wanted, since time.Duration
		want          string // empty: it must not be asked yet
	}{
		"too early to ask":                                  {"rate(a[$window])", 10 * second, 40 * second, ""},
		"at least a minute":                                 {"rate(a[$window])", 10 * second, 70 * second, "rate(a[60s])"},
		"it grows with the step":                            {"rate(a[$window])", 300 * second, 400 * second, "rate(a[300s])"},
		"never before the first weight":                     {"rate(a[$window])", 300 * second, 200 * second, "rate(a[200s])"},
		"an offset leaves less of it":                       {"rate(a[$window] offset 30s)", 300 * second, 200 * second, "rate(a[170s] offset 30s)"},
		"a fixed range beside it must fit, too":             {"rate(a[$window]) / rate(b[5m])", 60 * second, 200 * second, ""},
		"twice in a row counts twice":                       {"max_over_time(rate(a[$window])[$window:])", 300 * second, 200 * second, "max_over_time(rate(a[60s])[60s:])"},
		"without it the query is as it stands, in its time": {"rate(a[2m])", 0, 150 * second, "rate(a[2m])"},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			q := promql.New(c.query, 0)
			window, ok := q.Fit(c.wanted, c.since)
			got := ""
			if ok {
				got = q.Fill(window)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	t.Parallel()
	for why, c := range map[string]struct {
		query string
		given time.Duration
		fine  bool
	}{
		"a query":                 {"sum(rate(a[1m]))", 0, true},
		"with a window":           {"sum(rate(a[$window]))", 0, true},
		"a bracket is missing":    {"sum(rate(a[1m])", 0, false},
		"a computed time":         {"rate(a[1m*10])", 0, false},
		"the author's word is it": {"WITH (x = 1) rate(a)", time.Minute, true},
	} {
		if err := promql.New(c.query, c.given).Check(); (err == nil) != c.fine {
			t.Errorf("%s: %v", why, err)
		}
	}
}
