package sample

import "github.com/headgate-ci/headgate/modules/report"

// Hostile has in every text what could break out of a format: markup, quotes,
// line ends, control characters, commands of a CI system.
func Hostile() report.Result {
	const bad = "</script><img src=x onerror=alert(1)> \"'`|*[x](http://evil)]]> @all #1 %0A\n::error::owned\r\x1b[31mred\x00 \xff $(id); ${HOME}"
	r := RolledBack()
	r.Reason, r.Next, r.From, r.To, r.Source, r.ID = bad, bad, bad, bad, bad, bad
	r.Release, r.Namespace, r.Strategy = bad, bad, bad
	r.Warnings = []string{bad}
	for i := range r.Steps {
		r.Steps[i].Name, r.Steps[i].Detail = bad, bad
		for j := range r.Steps[i].Gates {
			r.Steps[i].Gates[j] = report.Gate{Name: bad, Question: bad, Outcome: r.Steps[i].Gates[j].Outcome, Reason: bad}
		}
	}
	for i := range r.Timeline {
		p := &r.Timeline[i]
		p.Step = bad
		for j := range p.Gates {
			p.Gates[j].Gate, p.Gates[j].Reason = bad, bad
		}
	}
	return r
}
