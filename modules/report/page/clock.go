package page

import (
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// idle is how long nothing may be measured before a chart leaves the time out:
// a rollout that was held over night would else be all night.
const (
	idle  = 3 * time.Minute
	short = 15 * time.Second
)

// clock maps the time of a look to seconds on the x axis, without the times in
// which nothing was measured.
func clock(all report.Timeline) []float64 {
	if len(all) == 0 {
		return nil
	}
	out := make([]float64, len(all))
	last := begin(all[0])
	var at time.Duration
	for i, p := range all {
		gap := max(begin(p).Sub(last), 0)
		if gap > idle {
			gap = short
		}
		at += gap + min(p.At.Sub(begin(p)), idle)
		out[i], last = at.Seconds(), p.At
	}
	return out
}

func begin(p report.Point) time.Time {
	return p.At.Add(-time.Duration(p.Seconds * float64(time.Second)))
}
