package contest

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/testenv/bench/ledger"
)

// flagger has its controller watch a Deployment.
type flagger struct{}

// soon is the shortest interval that Flagger takes. It sets a service up in
// ticks of its interval; those are not measured and need not take minutes.
const soon = "10s"

func (flagger) prepare(ctx context.Context, s *site) error {
	if err := s.arena.start(ctx, flaggerPeer); err != nil {
		return err
	}
	analysis, err := s.c.Entrant.settings()
	if err != nil {
		return err
	}
	objects, err := s.objects("flagger.yaml")
	if err != nil {
		return err
	}
	interval := analysis["interval"]
	analysis["interval"] = soon
	if err := unstructured.SetNestedMap(find(objects, "Canary").Object, analysis, "spec", "analysis"); err != nil {
		return err
	}
	if err := s.apply(ctx, objects); err != nil {
		return err
	}
	err = s.until(ctx, canaries, func(o *unstructured.Unstructured) bool { return s.status(o, "phase") == "Initialized" })
	if err != nil || interval == soon {
		return err
	}
	return s.patch(ctx, canaries, map[string]any{"spec": map[string]any{"analysis": map[string]any{"interval": interval}}})
}

func (flagger) release(ctx context.Context, s *site, image string) (end ending, err error) {
	if err := s.setImage(ctx, deployments, image); err != nil {
		return end, err
	}
	err = s.until(ctx, canaries, func(o *unstructured.Unstructured) bool {
		switch s.status(o, "phase") {
		case "Succeeded":
			end.outcome = ledger.Promoted
		case "Failed":
			end.outcome, end.reason = ledger.RolledBack, condition(o, "Promoted")
		}
		return end.outcome != ""
	})
	return unfinished(end, err)
}

// unfinished turns the end of a rollout's time into an outcome.
func unfinished(end ending, err error) (ending, error) {
	if errors.Is(err, context.DeadlineExceeded) {
		return ending{outcome: ledger.Unfinished, reason: "not within its time"}, nil
	}
	return end, err
}

// condition is what an object's condition of a type says.
func condition(o *unstructured.Unstructured, kind string) string {
	list, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range list {
		if m, ok := c.(map[string]any); ok && m["type"] == kind {
			text, _ := m["message"].(string)
			return text
		}
	}
	return ""
}
