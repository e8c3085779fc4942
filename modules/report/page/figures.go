package page

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/chart"
)

type figure struct {
	title, about string
	// detail is for those who want to know how it is counted.
	detail string
	chart  chart.Chart
	height int
}

// figuresOf are the charts of a Rollout, all over the same time.
func figuresOf(r report.Result) []figure {
	if len(r.Timeline) < 2 || !tried(r.Timeline) {
		return nil
	}
	at := clock(r.Timeline)
	d := data{r: r, at: at, bins: bins(r.Timeline, at), time: chart.Axis{Min: 0, Max: at[len(at)-1], Seconds: true}}
	if d.time.Max <= 0 {
		return nil
	}
	if d.moved() { // what became of the weight after the last look
		d.time.Max += max(min(r.Finished.Sub(r.Timeline[len(at)-1].At), short).Seconds(), d.time.Max/40)
	}
	out := []figure{d.errors(), d.latency()}
	if r.Strategy != report.StrategyVerify {
		out = append([]figure{d.traffic()}, out...)
	}
	return append(out, d.gates()...)
}

type data struct {
	r    report.Result
	at   []float64
	bins []bin
	time chart.Axis
}

func (d data) traffic() figure {
	weight := chart.Series{Name: "weight asked for", Tone: chart.Quiet, Style: chart.Stairs}
	for i, p := range d.r.Timeline {
		weight.X, weight.Y = append(weight.X, d.at[i]), append(weight.Y, float64(p.Weight))
	}
	if n := len(d.at); d.moved() {
		weight.X, weight.Y = append(weight.X, d.at[n-1], d.time.Max), append(weight.Y, float64(*d.r.Weight), float64(*d.r.Weight))
	}
	share := d.series("share observed", chart.Candidate, chart.Area, func(e evidence.Evidence) (float64, bool) {
		s, ok := e.Share()
		return 100 * s, ok
	})
	return figure{title: "Traffic", about: "The candidate's share of all requests.", height: 230, chart: chart.Chart{Title: "The candidate's share of the traffic over time",
		X: d.time, Y: shares(weight.Y, highest([]chart.Series{share, weight})), Series: []chart.Series{share, weight}, Marks: d.marks(true)}}
}

// shares is an axis on which the smallest weight can be seen beside the largest.
func shares(weights []float64, top float64) chart.Axis {
	a := chart.Axis{Max: min(max(1.15*top, 1), 100), Format: chart.Percent, Ticks: []float64{0}}
	least := a.Max
	for _, w := range weights {
		if w > 0 {
			least = min(least, w)
		}
		if !slices.Contains(a.Ticks, w) {
			a.Ticks = append(a.Ticks, w)
		}
	}
	a.Root = least < a.Max/8
	return a
}

// moved says that the candidate's share was another at the end than at the last
// look, as where traffic went back.
func (d data) moved() bool {
	n := len(d.r.Timeline)
	return d.r.Weight != nil && *d.r.Weight != d.r.Timeline[n-1].Weight
}

// tried says that the candidate was asked anything: of one that never was, there
// is nothing to draw.
func tried(all report.Timeline) bool {
	return slices.ContainsFunc(all, func(p report.Point) bool { return p.Candidate.Requests > 0 })
}

func (d data) errors() figure {
	rate := func(pick func(evidence.Evidence) evidence.Counts) func(evidence.Evidence) (float64, bool) {
		return func(e evidence.Evidence) (float64, bool) {
			v, ok := pick(e).ErrorRate()
			return 100 * v, ok
		}
	}
	c := chart.Chart{Title: "Failed requests of both versions over time", X: d.time, Limits: d.limits(errorLimit), Y: chart.Axis{Format: chart.Percent}, Marks: d.marks(false),
		Series: []chart.Series{d.series("stable", chart.Stable, chart.Line, rate(stable)), d.series(d.trial(""), chart.Candidate, chart.Line, rate(candidate))}}
	if d.r.Baseline != nil {
		c.Series = append(c.Series, d.series("baseline", chart.Quiet, chart.Line, rate(baseline)))
	}
	if highest(c.Series) < 1 { // a flat line at nothing is drawn low, not across the middle
		c.Y.Min, c.Y.Max = 0, 1
		for _, l := range c.Limits {
			c.Y.Max = max(c.Y.Max, 1.15*l.Y)
		}
	}
	return figure{title: "Errors", about: "Failed requests as a share of each version's own.", chart: c, height: 200}
}

func (d data) latency() figure {
	quantile := func(q float64, pick func(evidence.Evidence) evidence.Counts) func(evidence.Evidence) (float64, bool) {
		return func(e evidence.Evidence) (float64, bool) {
			v, ok := pick(e).Latency.Quantile(q)
			return float64(v) / float64(time.Millisecond), ok
		}
	}
	c := chart.Chart{Title: "Latency of both versions over time", X: d.time, Limits: d.limits(latencyLimit), Y: chart.Axis{Format: chart.Millis}, Marks: d.marks(false), Series: []chart.Series{
		d.series("stable p99", chart.Stable, chart.Line, quantile(.99, stable)), d.series("stable p50", chart.Stable, chart.Dashed, quantile(.5, stable)),
		d.series(d.trial(" p99"), chart.Candidate, chart.Line, quantile(.99, candidate)), d.series(d.trial(" p50"), chart.Candidate, chart.Dashed, quantile(.5, candidate)),
	}}
	if d.r.Baseline != nil {
		c.Series = append(c.Series, d.series("baseline p99", chart.Quiet, chart.Line, quantile(.99, baseline)), d.series("baseline p50", chart.Quiet, chart.Dashed, quantile(.5, baseline)))
	}
	c.Y.Log = highest(c.Series) > 20*lowest(c.Series)
	return figure{title: "Latency", about: "Half of the requests were faster than p50, all but a hundredth faster than p99; as fine as the proxies' buckets.", chart: c, height: 220}
}

// limits are the gates' that can be drawn into a chart, each once.
func (d data) limits(draw func(report.Limit) (chart.Limit, bool)) (out []chart.Limit) {
	for _, g := range d.r.Answers() {
		if g.Limit == nil {
			continue
		}
		if l, ok := draw(*g.Limit); ok && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

func errorLimit(l report.Limit) (chart.Limit, bool) {
	if l.ErrorRate == nil {
		return chart.Limit{}, false
	}
	y := 100 * *l.ErrorRate
	return chart.Limit{Y: y, Tone: chart.Bad, Label: "limit " + chart.Percent(y)}, true
}

func latencyLimit(l report.Limit) (chart.Limit, bool) {
	if l.Ms == nil {
		return chart.Limit{}, false
	}
	return chart.Limit{Y: *l.Ms, Tone: chart.Bad, Label: fmt.Sprintf("limit of p%s %s", strconv.FormatFloat(100*l.Quantile, 'g', 4, 64), chart.Millis(*l.Ms))}, true
}

// trial names what the gates judge.
func (d data) trial(what string) string {
	if d.r.Strategy == report.StrategyVerify {
		return "service" + what
	}
	return "candidate" + what
}

func stable(e evidence.Evidence) evidence.Counts    { return e.Stable }
func candidate(e evidence.Evidence) evidence.Counts { return e.Candidate }
func baseline(e evidence.Evidence) evidence.Counts  { return e.Baseline }

// series is a value of each bin; bins that have none are gaps.
func (d data) series(name string, tone chart.Tone, style chart.Style, value func(evidence.Evidence) (float64, bool)) chart.Series {
	s := chart.Series{Name: name, Tone: tone, Style: style}
	for _, b := range d.bins {
		v, ok := value(b.seen)
		if !ok {
			v = math.NaN()
		}
		s.X, s.Y = append(s.X, b.x), append(s.Y, v)
	}
	if !measured(s) {
		s.Name = "" // not in the legend
	}
	return s
}

// marks are where steps begin; the first look of a step ends within it.
func (d data) marks(labelled bool) []chart.Mark {
	var out []chart.Mark
	for i, p := range d.r.Timeline {
		if i == 0 || p.Step == d.r.Timeline[i-1].Step {
			continue
		}
		m := chart.Mark{X: d.at[i-1]}
		if labelled {
			m.Label = p.Step
		}
		out = append(out, m)
	}
	return out
}

func measured(s chart.Series) bool { return !math.IsInf(highest([]chart.Series{s}), -1) }

func highest(all []chart.Series) float64 {
	out := math.Inf(-1)
	for _, s := range all {
		for _, v := range s.Y {
			if !math.IsNaN(v) {
				out = max(out, v)
			}
		}
	}
	return out
}

func lowest(all []chart.Series) float64 {
	out := math.Inf(1)
	for _, s := range all {
		for _, v := range s.Y {
			if v > 0 {
				out = min(out, v)
			}
		}
	}
	return out
}
