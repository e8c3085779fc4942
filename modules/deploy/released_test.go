package deploy_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/deploy"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/rollout"
)

func TestApplyDoesNotChangeTheVersionThatAReleaseRollsOut(t *testing.T) {
	t.Parallel()
	c := connect(t)
	apply(t, c, shop, deploy.Options{})
	state := rollout.NewState("one", c.Namespace, "shop", "canary", rollout.Canary([]rollout.CanaryStep{{Weight: 50}}), rollout.Settings{})
	state.Spec, state.Phase = json.RawMessage(`{"metadata":{"name":"shop"},"spec":{"target":{"kind":"Deployment","name":"shop"}}}`), rollout.Promoted
	save(t, c, state, &journal.Record{Release: "shop"})

	older := strings.Replace(shop, "shop:1", "shop:0", 1)
	for _, o := range []deploy.Options{{}, {Force: true}, {DryRun: true}} {
		_, err := deploy.Apply(t.Context(), c, objects(t, older), o)
		var refused *deploy.ReleasedError
		if !errors.As(err, &refused) {
			t.Fatalf("%+v: got %v", o, err)
		}
		for _, part := range []string{"Deployment " + c.Namespace + "/shop", "shop:1 → shop:0", "`headgate run`", "--skip-rollout"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q lacks %q", err, part)
			}
		}
	}
	apply(t, c, shop, deploy.Options{})
	apply(t, c, strings.Replace(shop, "metadata: {name: shop}\nspec:\n  selector: {matchLabels", "metadata: {name: shop, labels: {team: a}}\nspec:\n  replicas: 2\n  selector: {matchLabels", 1), deploy.Options{})
	apply(t, c, older, deploy.Options{SkipRollout: true})
}
