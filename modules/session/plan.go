package session

import (
	"context"
	"fmt"

	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/traffic"
	"github.com/headgate-ci/headgate/modules/workload"
)

// Plan is what a Rollout would do.
type Plan struct {
	Release   string `json:"release"`
	Namespace string `json:"namespace"`
	Service   string `json:"service"`
	Source    string `json:"source"`
	// Witness says whether the candidate's own proxies are asked beside the
	// callers', and why not.
	Witness  string              `json:"witness"`
	Workload workload.Plan       `json:"workload"`
	Routes   []traffic.ObjectRef `json:"routes"`
	Steps    []PlanStep          `json:"steps"`
	Gates    []string            `json:"gates"`
	// Tells is what gates on free queries can tell at the noise of today's answers.
	Tells   []string `json:"tells,omitempty"`
	Traffic *Traffic `json:"traffic,omitempty"`
	// Watchdog says what stands by; empty when nothing does.
	Watchdog string `json:"watchdog,omitempty"`
	// Auto says how the weights were picked, where the Release leaves it open.
	Auto     string   `json:"auto,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// PlanStep is a step to come.
type PlanStep struct {
	Name   string `json:"name"`
	Weight int    `json:"weight"`
	// Baseline is the baseline's share in percent, where the step sets it.
	Baseline int `json:"baseline,omitempty"`
	// Replicas is how many candidate Pods stand ready during the step.
	Replicas int    `json:"replicas,omitempty"`
	Detail   string `json:"detail,omitempty"`
	// Forecast is what a gate will take at today's traffic.
	Forecast *Forecast `json:"forecast,omitempty"`
}

// Plan checks everything that Run would check, and says what Run would do.
func (s *Session) Plan(ctx context.Context) (*Plan, error) {
	if err := s.preflight(ctx); err != nil {
		return nil, s.cluster.Reachable(err)
	}
	work := s.candidate.Plan()
	p := &Plan{
		Release: s.name(), Namespace: s.namespace(), Service: s.service.host, Source: s.source.Why(), Witness: s.seconded(ctx),
		Workload: work, Routes: s.split.Objects(), Steps: PlanSteps(s.steps, s.settings), Warnings: s.warnings, Auto: s.auto,
	}
	if w := s.release.Spec.Watchdog; w != nil {
		p.Watchdog = fmt.Sprintf("a Job of image %s puts everything back after %s without a sign of life", w.Image, w.After)
	}
	for i := range p.Steps {
		if w := p.Steps[i].Weight; w > 0 {
			p.Steps[i].Replicas = work.Replicas(w)
		}
	}
	for _, g := range s.gates {
		p.Gates = append(p.Gates, g.Name()+": "+g.Question())
	}
	s.foresee(ctx, p)
	return p, nil
}

// PlanSteps puts a list of steps in words.
func PlanSteps(specs []rollout.StepSpec, settings rollout.Settings) []PlanStep {
	out := make([]PlanStep, 0, len(specs))
	for _, spec := range specs {
		out = append(out, PlanStep{Name: spec.Name(), Weight: spec.Weight, Baseline: spec.Baseline, Detail: detailOf(spec, settings)})
	}
	return out
}

func detailOf(spec rollout.StepSpec, s rollout.Settings) string {
	least, most := spec.Min, spec.Max
	if least == 0 {
		least = s.Min
	}
	if most == 0 {
		most = s.Max
	}
	switch spec.Kind {
	case rollout.KindCandidate:
		if spec.Baseline > 0 {
			return "create it and the baseline beside stable, both of one size, and wait until they are ready"
		}
		return "create it beside stable and wait until it is ready"
	case rollout.KindRoute:
		return "add it to the routes; it gets no traffic yet"
	case rollout.KindCapacity:
		if spec.Baseline > 0 {
			return "have enough candidate and baseline Pods ready first" + warmsUp(s)
		}
		return "have enough candidate Pods ready first" + warmsUp(s)
	case rollout.KindWeight:
		detail := fmt.Sprintf("until the proxies are seen to follow, %s at most", s.Route)
		if spec.Baseline > 0 {
			detail = fmt.Sprintf("the baseline gets %d%%, stable keeps %d%%; ", spec.Baseline, 100-spec.Weight-spec.Baseline) + detail
		}
		return detail
	case rollout.KindRelieve:
		return "no traffic is left to compare with"
	case rollout.KindGate:
		return fmt.Sprintf("until every gate has decided, %s to %s; then %s", least, most, s.OnInconclusive)
	case rollout.KindKeep:
		return "the old version stays without traffic; `headgate rollback` goes back at once"
	case rollout.KindUpdate:
		if s.OnInconclusive == rollout.Continue {
			return "give stable the new version while the candidate serves, also where no gate has decided or no request came (onInconclusive: continue)"
		}
		return "give stable the new version while the candidate serves"
	case rollout.KindReturn:
		return "a tenth first, then the routes are restored as they were written"
	case rollout.KindRemove:
		return "when nothing reaches it any more"
	default:
		return ""
	}
}

// warmsUp says what becomes of Pods that join; empty without a warm-up.
func warmsUp(s rollout.Settings) string {
	if s.Warmup == 0 {
		return ""
	}
	return fmt.Sprintf("; new ones warm up for %s at the weight that stands", s.Warmup)
}
