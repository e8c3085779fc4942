package contest

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/testenv/bench/ledger"
	"github.com/headgate-ci/headgate/testenv/internal/supervisor"
)

// argo has the Argo Rollouts controller run a Rollout in a Deployment's place.
type argo struct{}

func (argo) prepare(ctx context.Context, s *site) error {
	if err := s.arena.start(ctx, argoPeer); err != nil {
		return err
	}
	objects, err := s.objects("argo.yaml")
	if err != nil {
		return err
	}
	if err := s.argoSettings(objects); err != nil {
		return err
	}
	if err := s.apply(ctx, objects); err != nil {
		return err
	}
	return s.until(ctx, rollouts, func(o *unstructured.Unstructured) bool { return s.status(o, "phase") == "Healthy" })
}

// argoSettings puts the entrant's settings into the Rollout and its template.
func (s *site) argoSettings(objects []*unstructured.Unstructured) error {
	settings, err := s.c.Entrant.settings()
	if err != nil {
		return err
	}
	strategy, _ := settings["strategy"].(map[string]any)
	rollout := find(objects, "Rollout").Object
	for field, value := range strategy {
		if err := unstructured.SetNestedField(rollout, value, "spec", "strategy", "canary", field); err != nil {
			return err
		}
	}
	metrics, _ := settings["metrics"].([]any)
	for _, m := range metrics {
		metric, _ := m.(map[string]any)
		if err := unstructured.SetNestedField(metric, supervisor.PrometheusInside(), "provider", "prometheus", "address"); err != nil {
			return err
		}
	}
	return unstructured.SetNestedSlice(find(objects, "AnalysisTemplate").Object, metrics, "spec", "metrics")
}

func (argo) release(ctx context.Context, s *site, image string) (end ending, err error) {
	before := ""
	err = s.until(ctx, rollouts, func(o *unstructured.Unstructured) bool {
		before = s.status(o, "stableRS")
		return before != ""
	})
	if err != nil {
		return end, err
	}
	if err := s.setImage(ctx, rollouts, image); err != nil {
		return end, err
	}
	err = s.until(ctx, rollouts, func(o *unstructured.Unstructured) bool {
		aborted, _, _ := unstructured.NestedBool(o.Object, "status", "abort")
		switch {
		case aborted && s.status(o, "phase") == "Degraded":
			end.outcome, end.reason = ledger.RolledBack, s.status(o, "message")
		case s.status(o, "phase") == "Healthy" && s.status(o, "stableRS") != before:
			end.outcome = ledger.Promoted
		}
		return end.outcome != ""
	})
	return unfinished(end, err)
}
