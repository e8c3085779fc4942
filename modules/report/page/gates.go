package page

import (
	"math"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/chart"
)

// gates is a chart for each gate: how much of the evidence it needs is there,
// and how much of what it takes to fail the candidate.
func (d data) gates() []figure {
	var out []figure
	for _, name := range gateNames(d.r.Timeline) {
		out = append(out, d.gate(name))
	}
	return out
}

func (d data) gate(name string) figure {
	passing := chart.Series{Name: "enough to decide", Tone: chart.Good, Style: chart.Area}
	failing := chart.Series{Name: "enough to fail it", Tone: chart.Bad}
	for i, p := range d.r.Timeline {
		a, ok := answer(p, name)
		toPass, toFail := math.NaN(), math.NaN()
		if ok {
			toPass = 100 * a.Progress
			if a.Outcome == "fail" {
				toPass = math.NaN()
			}
		}
		if ok && a.LogE != nil && a.FailAt != nil && *a.FailAt > 0 {
			toFail = 100 * min(max(*a.LogE / *a.FailAt, 0), 1)
		}
		passing.X, passing.Y = append(passing.X, d.at[i]), append(passing.Y, toPass)
		failing.X, failing.Y = append(failing.X, d.at[i]), append(failing.Y, toFail)
	}
	about, detail := "How much of what the gate needs to decide is there; at 100% it decides.", ""
	series := []chart.Series{passing}
	if measured(failing) {
		about = "How much of what it takes to pass the candidate is there, and how much of what it takes to fail it; whichever gets to 100% first decides."
		detail = "The gate bets against the candidate, request by request. What the bets have won is the e-value; it fails the candidate when a good one would have let it grow so far with a probability of at most alpha. Drawn is the logarithm of the e-value as a part of the logarithm at which the gate fails: ten times the odds are one step, wherever it begins."
		passing.Name = "enough to pass"
		series = []chart.Series{passing, failing}
	}
	return figure{title: "Gate " + name, about: about, detail: detail, height: 170, chart: chart.Chart{Title: "Evidence of gate " + name + " over time", X: d.time,
		Y: chart.Axis{Min: 0, Max: 104, Format: chart.Percent}, Series: series, Marks: d.marks(false), Limits: d.decisions(name)}}
}

// decisions is the line that decides, with what the gate said last.
func (d data) decisions(name string) []chart.Limit {
	tone, label := chart.Quiet, "decides"
	for _, p := range d.r.Timeline {
		if a, ok := answer(p, name); ok && a.Outcome == "fail" {
			tone, label = chart.Bad, "failed"
		}
	}
	return []chart.Limit{{Y: 100, Tone: tone, Label: label}}
}

func answer(p report.Point, name string) (report.Answer, bool) {
	for _, a := range p.Gates {
		if a.Gate == name {
			return a, true
		}
	}
	return report.Answer{}, false
}

// gateNames are in the order of the Release.
func gateNames(all report.Timeline) []string {
	var out []string
	seen := map[string]bool{}
	for _, p := range all {
		for _, a := range p.Gates {
			if !seen[a.Gate] {
				seen[a.Gate], out = true, append(out, a.Gate)
			}
		}
	}
	return out
}
