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
	passing := chart.Series{Name: "evidence needed to decide", Tone: chart.Good, Style: chart.Area}
	failing := chart.Series{Name: "e-value against the candidate", Tone: chart.Bad}
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
	about := "How much of the evidence for a verdict is there; at 100% the gate decides."
	series := []chart.Series{passing}
	if measured(failing) {
		about = "How much of the evidence for a pass is there, and how far the e-value against the candidate is on its way to the one that fails it, both as logarithms; at 100% the gate decides."
		passing.Name = "evidence for a pass"
		series = []chart.Series{passing, failing}
	}
	return figure{"Gate " + name, about, chart.Chart{Title: "Evidence of gate " + name + " over time", X: d.time,
		Y: chart.Axis{Min: 0, Max: 104, Format: chart.Percent}, Series: series, Marks: d.marks(false), Limits: d.decisions(name)}, 170}
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
