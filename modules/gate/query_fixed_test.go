package gate_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

func TestFixedQuery(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	empty := evidence.Evidence{End: noon, Fresh: noon}
	aged := answer("queue", 5, noon)
	aged.End = noon.Add(10 * time.Minute)
	for why, c := range map[string]struct {
		seen    []evidence.Evidence
		want    gate.Outcome
		missing string
	}{
		"three looks inside pass":                {[]evidence.Evidence{answer("queue", 5, at(0)), answer("queue", 6, at(5)), answer("queue", 7, at(10))}, gate.Pass, ""},
		"three looks outside fail":               {[]evidence.Evidence{answer("queue", 50, at(0)), answer("queue", 60, at(5)), answer("queue", 70, at(10))}, gate.Fail, ""},
		"one look outside begins the count anew": {[]evidence.Evidence{answer("queue", 5, at(0)), answer("queue", 6, at(5)), answer("queue", 70, at(10))}, gate.Inconclusive, "2 more looks"},
		"the same sample read again is one look": {[]evidence.Evidence{answer("queue", 5, at(0)), answer("queue", 5, at(0)), answer("queue", 5, at(0))}, gate.Inconclusive, "2 more looks"},
		"looks of one moment are one look":       {[]evidence.Evidence{answer("queue", 5, at(0)), answer("queue", 6, at(1)), answer("queue", 7, at(2)), answer("queue", 7, at(4))}, gate.Inconclusive, "2 more looks"},
		"no answer is no evidence":               {[]evidence.Evidence{empty, empty, empty}, gate.Inconclusive, "an answer to sum(queue)"},
		"NaN is no evidence":                     {[]evidence.Evidence{answer("queue", math.NaN(), at(0))}, gate.Inconclusive, "an answer to sum(queue)"},
		"a gap does not undo what was seen":      {[]evidence.Evidence{answer("queue", 5, at(0)), answer("queue", 6, at(5)), empty, answer("queue", 7, at(10))}, gate.Pass, ""},
		"an old answer is no evidence":           {[]evidence.Evidence{aged}, gate.Inconclusive, "an answer to sum(queue)"},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "sum(queue)", Max: ptr(10.), Promise: fixed})
			if err != nil {
				t.Fatal(err)
			}
			if v := last(g.Begin(), c.seen...); v.Outcome != c.want || v.Missing != c.missing {
				t.Errorf("got %+v", v)
			}
		})
	}
}

func TestQueryReason(t *testing.T) {
	t.Parallel()
	g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "sum(queue)", Min: ptr(2.), Max: ptr(10.), Looks: 1, Promise: fixed})
	if err != nil {
		t.Fatal(err)
	}
	if q := g.Queries()["queue"]; q != "sum(queue)" {
		t.Errorf("asks %q", q)
	}
	v := g.Begin().Look(answer("queue", 1250, noon))
	if want := "1250, for 1 look in a row; limit between 2 and 10"; v.Reason != want {
		t.Errorf("got %q, want %q", v.Reason, want)
	}
}

func TestQueryOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		o    gate.QueryOptions
		want string
	}{
		"no query":             {gate.QueryOptions{Max: ptr(1.)}, "promql is empty"},
		"no bound":             {gate.QueryOptions{PromQL: "up"}, "give min, max or both"},
		"bounds the wrong way": {gate.QueryOptions{PromQL: "up", Min: ptr(2.), Max: ptr(1.)}, "no answer could pass"},
		"NaN as a bound":       {gate.QueryOptions{PromQL: "up", Min: ptr(math.NaN())}, "ordinary numbers"},
		"negative lookback":    {gate.QueryOptions{PromQL: "up", Max: ptr(1.), Lookback: -1}, "lookback"},
		"negative looks":       {gate.QueryOptions{PromQL: "up", Max: ptr(1.), Looks: -1}, "negative"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			if _, err := gate.Query(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
