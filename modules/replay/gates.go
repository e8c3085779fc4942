package replay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/rules"
)

// Gates puts Headgate's gates before the record, step by step as it was. The
// rule's own steps and looks are not read: the record's stand.
func Gates(r *Record, rule rules.Headgate) Decision {
	w := &watch{r: r, rule: rule, panel: rule.Panel(), parts: partsOf(r, rule.Gates)}
	for _, e := range r.Before {
		w.panel.Look(e)
	}
	for _, l := range r.Looks {
		if !rule.Baseline {
			l.Evidence = former(l.Evidence)
		}
		if w.look(l); w.failed != nil {
			return w.decision(rule, rules.RolledBack, l.At, reason(*w.failed))
		}
	}
	return w.end(rule)
}

// watch is the gates at the record.
type watch struct {
	r      *Record
	rule   rules.Headgate
	panel  *gate.Panel
	parts  map[int]float64
	steps  []StepDecision
	began  time.Duration // the step
	passed time.Duration // the last step's gates
	last   []gate.Verdict
	failed *gate.Verdict
}

func (w *watch) look(l Look) {
	if l.Aside {
		return
	}
	if l.Begin || len(w.steps) == 0 {
		w.panel.NextStep(w.parts[l.Weight])
		w.steps = append(w.steps, StepDecision{Weight: l.Weight, Outcome: rules.Undecided})
		w.began = max(l.At-l.End.Sub(l.Start), 0)
	}
	if l.Weight == 100 {
		w.panel.Alone()
	}
	if w.warming(l) {
		w.last = w.panel.Warming(l.Evidence)
	} else {
		w.last = w.panel.Look(l.Evidence)
	}
	step := &w.steps[len(w.steps)-1]
	if step.Outcome == rules.Undecided {
		step.Seconds = (l.At - w.began).Seconds()
	}
	switch gate.All(w.last) {
	case gate.Fail:
		step.Outcome, step.Seconds = rules.RolledBack, (l.At - w.began).Seconds()
		i := slices.IndexFunc(w.last, func(v gate.Verdict) bool { return v.Outcome == gate.Fail })
		w.failed = &w.last[i]
	case gate.Pass:
		if step.Outcome == rules.Undecided {
			step.Outcome, w.passed = rules.Promoted, l.At
		}
	}
}

// warming says that the candidate's Pods warmed up in a look: where the record does
// not tell, those that served its first requests.
func (w *watch) warming(l Look) bool {
	if w.rule.Warmup == 0 {
		return false
	}
	if w.r.Warmed {
		return l.Warming
	}
	return l.At-l.End.Sub(l.Start) < w.rule.Warmup
}

// end is the decision when no gate has failed: a promotion when every step has
// passed and the last of them was the last that was planned.
func (w *watch) end(rule rules.Headgate) Decision {
	var open []string
	for _, s := range w.steps {
		if s.Outcome == rules.Undecided {
			open = append(open, fmt.Sprintf("%s not within %.0f s", stepName(s.Weight), s.Seconds))
		}
	}
	at, outcome := w.r.Length(), rules.Undecided
	why := "the record ends here"
	switch {
	case len(open) > 0:
		why += "; not every step has passed: " + strings.Join(open, ", ")
	case !w.r.complete():
		why += fmt.Sprintf(", at %d%% of the steps %s; what there was has passed", w.r.weight(), strings.Trim(fmt.Sprint(w.r.Planned), "[]"))
	default:
		at, outcome, why = w.passed, rules.Promoted, "every step has passed"
	}
	if len(w.last) > 0 {
		why += "; " + reason(telling(w.last))
	}
	return w.decision(rule, outcome, at, why)
}

func (w *watch) decision(rule rules.Headgate, o rules.Outcome, at time.Duration, why string) Decision {
	d := w.r.decision(rule, o, at, why)
	d.Settings, d.Steps = questions(rule)+rule.Missing(), w.steps
	return d
}

// complete says that the record has all steps that were planned. Where no plan
// is known, what there is is taken for all.
func (r *Record) complete() bool {
	return len(r.Planned) == 0 || r.weight() >= r.Planned[len(r.Planned)-1]
}

// partsOf are the parts of a proof by weight; where no weights are known, the
// one step wants all of it.
func partsOf(r *Record, gates []gate.Gate) map[int]float64 {
	out := map[int]float64{}
	for i, part := range rules.Parts(r.Planned, gates...) {
		out[r.Planned[i]] = part
	}
	return out
}

// telling is the verdict with the most to say: an open one, or the last.
func telling(verdicts []gate.Verdict) gate.Verdict {
	for _, v := range verdicts {
		if v.Outcome == gate.Inconclusive {
			return v
		}
	}
	return verdicts[len(verdicts)-1]
}

func reason(v gate.Verdict) string { return v.Gate + ": " + v.Reason }

func stepName(weight int) string {
	if weight == 0 {
		return "the whole"
	}
	return fmt.Sprintf("%d%%", weight)
}

func questions(rule rules.Headgate) string {
	var out []string
	for _, g := range rule.Gates {
		out = append(out, g.Question())
	}
	return strings.Join(out, " · ") + rule.Warms()
}
