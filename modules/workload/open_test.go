package workload

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

func TestWhatCannotBeRolledOut(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.kubelet(healthy)
	c.create(statefulSets, parse(t, strings.NewReplacer("kind: Deployment", "kind: StatefulSet", "name: sample,", "name: store,").Replace(smallYAML)))
	c.create(deployments, parse(t, strings.NewReplacer("name: sample,", "name: paused,", "replicas: 2", "paused: true").Replace(smallYAML)))
	c.create(deployments, parse(t, smallYAML))
	c.create(deployments, parse(t, strings.Replace(smallYAML, "name: sample,", "name: paused-canary,", 1)))
	for _, tc := range []struct {
		reason string
		edit   func(*Options)
		text   string
	}{
		{"a StatefulSet", func(o *Options) { o.Name = "store" }, "StatefulSet " + c.namespace + "/store: only Deployments"},
		{"a typo in the name", func(o *Options) { o.Name = "sampel" }, "Deployment " + c.namespace + "/sampel: not found; the namespace has paused, paused-canary, sample"},
		{"an empty namespace", func(o *Options) { o.Namespace = "nowhere" }, "check the namespace"},
		{"a paused one", func(o *Options) { o.Name = "paused" }, "kubectl rollout resume deployment/paused"},
		{"neither images nor manifests", func(o *Options) { o.Images = nil }, "give new images or new manifests"},
	} {
		opts := c.options()
		tc.edit(&opts)
		_, err := Open(t.Context(), Clients{Dynamic: c.dynamic}, opts)
		if err == nil || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: error %v, want %q", tc.reason, err, tc.text)
		}
	}
	opts := c.options()
	opts.Name = "store"
	var unsupported *UnsupportedError
	if _, err := Open(t.Context(), Clients{Dynamic: c.dynamic}, opts); !errors.As(err, &unsupported) {
		t.Errorf("error %v is no UnsupportedError", err)
	}
}

func TestAnotherCandidateIsInTheWay(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	c.must("create", c.open(c.options()).Create(t.Context(), 1))
	c.open(c.options()) // the same version: a start that died is taken up

	opts := c.options()
	opts.Images = map[string]string{"": "headgate/sample:2.0.0"}
	_, err := Open(t.Context(), Clients{Dynamic: c.dynamic}, opts)
	if err == nil || !strings.Contains(err.Error(), "left from another rollout") {
		t.Errorf("another version's candidate: %v", err)
	}

	c.must("remove", c.open(c.options()).Remove(t.Context()))
	c.create(deployments, parse(t, strings.Replace(smallYAML, "name: sample,", "name: sample-canary,", 1)))
	_, err = Open(t.Context(), Clients{Dynamic: c.dynamic}, c.options())
	if err == nil || !strings.Contains(err.Error(), "was not made for release sample") {
		t.Errorf("somebody's own Deployment: %v", err)
	}
}

func TestRemoveLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	cand := c.open(c.options())
	c.create(deployments, parse(t, strings.Replace(smallYAML, "name: sample,", "name: sample-canary,", 1)))
	c.must("remove", cand.Remove(t.Context()))
	c.get(deployments, "sample-canary")
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.kubelet(healthy)
	kept := parse(t, smallYAML)
	kept.SetAnnotations(map[string]string{"argocd.argoproj.io/tracking-id": "x"})
	c.create(deployments, kept)
	c.ready()
	c.create(autoscalers, parse(t, `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: sample}, spec: {minReplicas: 1, maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: sample}}}`))
	c.create(budgets, parse(t, `{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: sample}, spec: {minAvailable: 1, selector: {matchLabels: {app: sample}}}}`))
	c.create(budgets, parse(t, `{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: other}, spec: {minAvailable: 1, selector: {matchLabels: {app: other}}}}`))

	plan := c.open(c.options()).Plan()
	got := strings.ReplaceAll(strings.Join(plan.Warnings, "\n"), c.namespace+"/", "")
	for _, want := range []string{
		"Deployment sample is kept by Argo CD",
		"HorizontalPodAutoscaler sample may shrink stable to 1",
		"HorizontalPodAutoscaler sample (1 to 9) counts the candidate's Pods",
		"PodDisruptionBudget sample counts the candidate's Pods",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("want once %q in:\n%s", want, got)
		}
	}
	if len(plan.Warnings) != 4 {
		t.Errorf("want 4 warnings:\n%s", got)
	}
}

func TestStateOfAnotherKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{`:              "cannot be read",
		`{"version":99}`: "version 99",
		`{"version":1}`:  "edited or cut short",
	} {
		if _, err := Resume(t.Context(), Clients{}, []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

// denies answers some requests as an API server without permission does.
type denies struct {
	next http.RoundTripper
	what func(*http.Request) bool
}

func (d denies) RoundTrip(r *http.Request) (*http.Response, error) {
	if !d.what(r) {
		return d.next.RoundTrip(r)
	}
	body := `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"not for you"}`
	return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func TestWithoutPermission(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	for _, tc := range []struct {
		reason  string
		what    func(*http.Request) bool
		err     string
		warning string
	}{
		{"to read the Deployment", func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/deployments/") }, "read Deployment demo/sample: not for you; grant it", ""},
		{"to write it: the plan can still be shown", func(r *http.Request) bool { return r.Method == http.MethodPatch }, "", "did not make the dry run"},
		{"to list autoscalers: the size is left alone", func(r *http.Request) bool { return strings.Contains(r.URL.Path, "autoscalers") }, "", "taken to be scaled by one"},
		{"to list budgets", func(r *http.Request) bool { return strings.Contains(r.URL.Path, "budgets") }, "", "PodDisruptionBudgets could not be read"},
	} {
		cfg := rest.CopyConfig(c.config)
		cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { return denies{next, tc.what} })
		client, err := dynamic.NewForConfig(cfg)
		if err != nil {
			t.Fatal(err)
		}
		cand, err := Open(t.Context(), Clients{Dynamic: client}, c.manifests(c.version(oldImage, newImage)))
		if tc.err != "" {
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), c.namespace, "demo"), tc.err) {
				t.Errorf("%s: error %v, want %q", tc.reason, err, tc.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.reason, err)
			continue
		}
		if got := strings.Join(cand.Plan().Warnings, "\n"); !strings.Contains(got, tc.warning) || !cand.Differs() {
			t.Errorf("%s: differs %v, warnings:\n%s", tc.reason, cand.Differs(), got)
		}
	}
}

func TestPromotionWithoutADryRun(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	cfg := rest.CopyConfig(c.config)
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return denies{next, func(r *http.Request) bool { return r.URL.Query().Has("dryRun") }}
	})
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	before := c.everything()
	cand, err := Open(t.Context(), Clients{Dynamic: client}, c.manifests(c.version(oldImage, newImage)))
	if err != nil {
		t.Fatal(err)
	}
	early := c.resumed(cand)
	c.must("promote", cand.PromoteStable(t.Context()))
	c.must("promote again", c.resumed(early).PromoteStable(t.Context()))
	if got := containers(c.get(deployments, "sample").Object, "containers")[0]["image"]; got != newImage {
		t.Errorf("image %v", got)
	}
	c.must("revert", early.RevertStable(t.Context()))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("not as before:\n%s", d)
	}
}
