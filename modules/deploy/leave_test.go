package deploy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/deploy"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
)

const settings = `
---
apiVersion: v1
kind: ConfigMap
metadata: {name: read}
data: {colour: green}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
data: {colour: green}
`

// readsSettings has the shop's Pods read one of the ConfigMaps.
func readsSettings(text string) string {
	return strings.Replace(text, `image: "shop:1"`, `image: "shop:1", envFrom: [{configMapRef: {name: read}}]`, 1) + settings
}

func rolledOut() *release.Release {
	rel := &release.Release{}
	rel.Metadata.Name = "shop"
	return rel
}

// A delivery brings production's Services, routes and settings, and leaves the new
// version to its rollout; where there is no version yet, it installs everything.
func TestWhatAReleaseRollsOutIsLeftToIt(t *testing.T) {
	t.Parallel()
	c := connect(t)
	target := "Deployment " + c.Namespace + "/shop"
	first := apply(t, c, readsSettings(shop), deploy.Options{Release: rolledOut()})
	if first.Installed != target || len(first.Left) > 0 || len(first.Changes) != 6 {
		t.Errorf("the first time: installed %q, left %v, %d changes", first.Installed, first.Left, len(first.Changes))
	}
	next := strings.NewReplacer("shop:1", "shop:2", "port: 80", "port: 81", "green", "red").Replace(readsSettings(shop))
	for _, o := range []deploy.Options{{DryRun: true}, {Inventory: "prod"}, {Inventory: "prod"}} {
		o.Release = rolledOut()
		res := apply(t, c, next, o)
		if want := []string{target, "ConfigMap " + c.Namespace + "/read"}; !slices.Equal(slices.Sorted(slices.Values(res.Left)), slices.Sorted(slices.Values(want))) {
			t.Errorf("%+v: left %v, want %v", o, res.Left, want)
		}
		for _, ch := range res.Changes {
			if slices.Contains(res.Left, ch.String()) || ch.Action == manifest.Pruned {
				t.Errorf("%+v: %s is %s", o, ch, ch.Action)
			}
		}
	}
	now, err := deploy.Compare(t.Context(), c, objects(t, next), deploy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range now {
		left := ch.String() == target || ch.Name == "read"
		if changed := ch.Action != manifest.Unchanged; changed != left {
			t.Errorf("%s: would change %t, left to the rollout %t", ch, changed, left)
		}
	}
}

// Under another name the version would be applied at once and for everybody.
func TestAReleaseOfOtherManifestsIsRefused(t *testing.T) {
	t.Parallel()
	c := connect(t)
	rel := rolledOut()
	rel.Spec.Target.Name = "cart"
	_, err := deploy.Apply(t.Context(), c, objects(t, shop), deploy.Options{Release: rel})
	var none *deploy.NoWorkloadError
	if !errors.As(err, &none) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"Deployment " + c.Namespace + "/cart", "Deployment " + c.Namespace + "/shop", "or none"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

// Fields that a rollout holds cannot be taken over, so nothing advises to.
func TestAComparisonDuringARolloutNamesTheRollout(t *testing.T) {
	t.Parallel()
	c := connect(t)
	apply(t, c, shop, deploy.Options{})
	begin(t, c)
	_, err := deploy.Compare(t.Context(), c, objects(t, shop), deploy.Options{})
	var held *deploy.HeldError
	if !errors.As(err, &held) || strings.Contains(err.Error(), "--force-conflicts") {
		t.Errorf("got %v", err)
	}
}
