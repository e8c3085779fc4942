package workload

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// beside asks for a baseline whose Pods are labelled as a mesh might want it.
func (c *cluster) beside() Options {
	o := c.options()
	o.Labels = LabelEdit{Set: map[string]string{"version": "v1-canary"}}
	o.Baseline = &LabelEdit{Set: map[string]string{"version": "v1-baseline"}}
	return o
}

// A baseline runs stable's own template, is as large as the candidate, and goes
// before stable is updated; another process can go on at each point.
func TestBaselineRunsStablesVersionAnew(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	ctx, before := t.Context(), c.get(deployments, "sample")
	cand := c.open(c.beside())
	if p := cand.Plan(); p.Baseline == "" || len(p.Create) != 2 || !strings.Contains(p.Create[1].Object, "sample-baseline") {
		t.Errorf("plan %+v", p)
	}
	c.must("check", cand.Check(ctx))
	c.gone(deployments, "sample-baseline")
	c.must("create", cand.Create(ctx, 50))
	c.must("create again", c.resumed(cand).Create(ctx, 50))
	got, err := c.resumed(cand).EnsureCapacity(ctx, 50, 50)
	if err != nil || got != "1 of 1 replicas ready; baseline: 1 of 1 replicas ready" {
		t.Errorf("at 50%%: %q, %v", got, err)
	}
	baseline := c.get(deployments, "sample-baseline")
	want := at(before, "spec", "template", "spec", "containers")
	if d := cmp.Diff(want, at(baseline, "spec", "template", "spec", "containers")); d != "" {
		t.Errorf("it does not run what stable runs:\n%s", d)
	}
	if l := podLabels(baseline); l["version"] != "v1-baseline" || l[LabelRole] != "baseline" {
		t.Errorf("its Pods are labelled %v", l)
	}
	got, err = cand.EnsureCapacity(ctx, 100, 0)
	if err != nil || got != "2 of 2 replicas ready" {
		t.Errorf("without a share it is not waited for: %q, %v", got, err)
	}
	c.must("remove the baseline", cand.RemoveBaseline(ctx))
	c.must("remove the baseline again", c.resumed(cand).RemoveBaseline(ctx))
	c.gone(deployments, "sample-baseline")
	c.get(deployments, "sample-canary")
	c.must("promote", cand.PromoteStable(ctx))
	c.must("remove", c.resumed(cand).Remove(ctx))
	c.gone(deployments, "sample-canary")
}

func TestBaselineGoesWithTheCandidate(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	cand := c.open(c.beside())
	c.must("create", cand.Create(t.Context(), 50))
	c.must("remove", c.resumed(cand).Remove(t.Context()))
	c.gone(deployments, "sample-canary")
	c.gone(deployments, "sample-baseline")
}

// What a takeover touches and a watchdog may do includes the baseline.
func TestBaselineIsAmongTheObjectsThatAreWritten(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	cand := c.open(c.beside())
	may := map[string]bool{}
	for _, a := range cand.AccessToFinish() {
		for _, verb := range a.Verbs {
			may[verb] = may[verb] || a.Resource == "deployments" && slices.Contains(a.Names, "sample-baseline")
		}
	}
	if !may["get"] || !may["patch"] || !may["delete"] {
		t.Errorf("a watchdog may: %v", may)
	}
}

func TestSomebodyElsesDeploymentOfTheBaselinesName(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	c.create(deployments, parse(t, strings.ReplaceAll(smallYAML, "sample", "sample-baseline")))
	_, err := Open(t.Context(), Clients{Dynamic: c.dynamic}, c.beside())
	if err == nil || !strings.Contains(err.Error(), "the baseline needs the name") {
		t.Errorf("got %v", err)
	}
}
