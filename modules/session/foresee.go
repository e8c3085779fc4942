package session

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/forecast"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// Traffic is what the service serves today.
type Traffic struct {
	PerSecond float64 `json:"perSecond"`
	// Errors is the share that fails, 0 to 1.
	Errors float64 `json:"errors"`
	// From says in words where the figures are from.
	From string `json:"from"`
}

// Forecast is what a gate step will take at today's traffic.
type Forecast struct {
	// Decides is false where the gates cannot pass a good candidate in time.
	Decides bool `json:"decides"`
	// Fails says that a candidate as good as stable fails and is rolled back.
	Fails bool `json:"fails,omitempty"`
	// Seconds until a candidate as good as stable passes, or fails; 0 if it would
	// do neither within a day.
	Seconds float64 `json:"seconds,omitempty"`
	// Requests that the candidate serves by then, or by the step's max.
	Requests uint64 `json:"requests"`
	// Finds is the lowest share of failed requests, 0 to 1, that fails the
	// candidate in that time; nil when none does.
	Finds *float64 `json:"finds,omitempty"`
	// Else is what happens where the gates do not decide.
	Else string `json:"else,omitempty"`
}

// foresee adds to the plan what each gate step will take.
func (s *Session) foresee(ctx context.Context, p *Plan) {
	if len(s.gates) == 0 {
		return
	}
	today, from, err := s.today(ctx)
	if err != nil {
		p.Warnings = append(p.Warnings, fmt.Sprintf("what the steps will take is not known: %v", err))
		return
	}
	p.Traffic = &Traffic{PerSecond: today.PerSecond, Errors: today.Errors, From: from}
	for _, g := range s.gates {
		if says := gate.Tells(g, today.Latency); says != "" {
			p.Warnings = append(p.Warnings, says)
		}
	}
	if says := s.warmupAdvice(ctx); says != "" {
		p.Warnings = append(p.Warnings, says)
	}
	p.Tells = s.queriesTell(ctx)
	needs, at, err := foreseen(today, s.steps, s.settings, s.gates)
	if err != nil {
		p.Warnings = append(p.Warnings, fmt.Sprintf("what the steps will take is not known: %v", err))
		return
	}
	told := map[string]bool{"": true}
	for i, n := range needs {
		step := &p.Steps[at[i]]
		step.Forecast = forecastOf(n, s.settings)
		if n.Took == 0 && told[n.Waits] && !n.Decides {
			continue // the same would be said of every later step
		}
		told[n.Waits] = true
		if warning := never(step.Name, s.steps[at[i]], n, s.settings); warning != "" {
			p.Warnings = append(p.Warnings, warning)
		}
		if n.Fails {
			break // no later step is reached
		}
	}
}

// foreseen walks the gate steps; at is where they stand in the list.
func foreseen(t forecast.Traffic, specs []rollout.StepSpec, settings rollout.Settings, gates []gate.Gate) (needs []forecast.Need, at []int, err error) {
	var steps []forecast.Step
	for i, spec := range specs {
		if spec.Kind != rollout.KindGate {
			continue
		}
		at = append(at, i)
		steps = append(steps, forecast.Step{Weight: float64(spec.Weight) / 100, Part: spec.Part,
			Min: cmp.Or(spec.Min, settings.Min), Max: cmp.Or(spec.Max, settings.Max)})
	}
	needs, err = forecast.Walk(t, steps, cmp.Or(settings.Interval, proxiesInterval), gates...)
	return needs, at, err
}

func forecastOf(n forecast.Need, settings rollout.Settings) *Forecast {
	f := &Forecast{Decides: n.Decides, Fails: n.Fails, Seconds: n.Took.Seconds(), Requests: n.Requests}
	if n.Finds > 0 {
		f.Finds = &n.Finds
	}
	switch {
	case n.Fails:
		f.Else = inWords(rollout.RollBack)
	case !n.Decides:
		f.Else = inWords(settings.OnInconclusive)
	}
	return f
}

func inWords(p rollout.Policy) string {
	switch p {
	case rollout.RollBack:
		return "everything is put back"
	case rollout.Continue:
		return "the rollout goes on as if they had passed"
	default:
		return "traffic goes back to stable and a person decides"
	}
}

// never says that a step cannot decide, and what would help.
func never(name string, spec rollout.StepSpec, n forecast.Need, settings rollout.Settings) string {
	most := cmp.Or(spec.Max, settings.Max)
	switch {
	case n.Decides:
		return ""
	case n.Fails:
		return fmt.Sprintf("step %q fails a version that is as good as stable after %s, and %s: %s. What stable does today is beyond what the gate allows: mend that first, or change the gate",
			name, n.Took.Round(time.Second), inWords(rollout.RollBack), n.Waits)
	case n.Took > 0:
		return fmt.Sprintf("step %q needs %s at today's traffic and has %s; then %s. Give it more (max), a higher weight, or say how errors cluster (decision.cluster)",
			name, n.Took.Round(time.Second), most, inWords(settings.OnInconclusive))
	default:
		return fmt.Sprintf("step %q can never decide: %s; after %s %s", name, n.Waits, most, inWords(settings.OnInconclusive))
	}
}
