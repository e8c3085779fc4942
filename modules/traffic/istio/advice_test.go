package istio

import (
	"context"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestWhatPutsThingsBack: tools that keep routes and rules undo what a rollout
// writes, and faults that a route injects look like the version's own.
func TestWhatPutsThingsBack(t *testing.T) {
	t.Parallel()
	kept := func(manifest, by string) string {
		return strings.Replace(manifest, "metadata: {", "metadata: {annotations: {"+by+": x}, ", 1)
	}
	const argo, helm = "argocd.argoproj.io/tracking-id", "meta.helm.sh/release-name"
	for _, tt := range []struct{ name, rule, routes, want string }{
		{"routes of Argo CD", ruleV1, kept(vs(toStable), argo), "VirtualService demo/sample is kept by Argo CD"},
		{"a rule of Helm", kept(ruleV1, helm), vs(toStable), "DestinationRule demo/sample is kept by Helm"},
		{"a fault", ruleV1, vs(`  http: [{name: all, fault: {abort: {httpStatus: 500, percentage: {value: 5}}}, route: [{destination: {host: sample, subset: v1}}]}]`),
			"VirtualService demo/sample spec.http[0] (all) injects faults (abort)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := newWorld(t, stableV1(), service, tt.rule, tt.routes).Warnings()
			if strings.Count(strings.Join(got, "\n"), tt.want) != 1 {
				t.Errorf("want %q once: %q", tt.want, got)
			}
		})
	}
	others := vs(toStable + "\n" + `  tcp: [{route: [{destination: {host: other}}]}]`)
	if got := newWorld(t, stableV1(), service, ruleV1, others, vsNamed("demo", "other", `  http: [{fault: {delay: {fixedDelay: 1s}}, route: [{destination: {host: other}}]}]`)).Warnings(); strings.Contains(strings.Join(got, "\n"), "injects") {
		t.Errorf("a fault of a route that is not edited is nobody's business: %q", got)
	}
}

// TestAdvice: a refusal says what would help.
func TestAdvice(t *testing.T) {
	t.Parallel()
	versioned := strings.Replace(service, "selector: {app: sample}", "selector: {app: sample, version: v1}", 1)
	entry := `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: inside, namespace: demo}
spec: {hosts: [sample.internal], workloadSelector: {labels: {app: sample}}}
`
	for _, tt := range []struct {
		name    string
		objects []string
		want    []string
	}{
		{"the Service selects a version", []string{versioned, ruleV1, vs(toStable)}, []string{"drop version from the selector of Service sample"}},
		{"the Service selects another version than the subset", []string{versioned, strings.Replace(ruleV1, "name: v1", "name: canary\n    labels: {version: v2}\n  - name: v1", 1), vs(toStable)},
			[]string{"drop version from the selector of Service sample"}},
		{"only a mirror", []string{service, vs(`  http: [{route: [{destination: {host: other}}], mirror: {host: sample}}]`)},
			[]string{"no VirtualService sends to", "VirtualService demo/sample spec.http[0] only mirrors to it"}},
		{"mirrors", []string{service, vs(`  http: [{route: [{destination: {host: other}}], mirrors: [{destination: {host: sample.demo.svc.cluster.local}}]}]`)},
			[]string{"spec.http[0] only mirrors to it"}},
		{"a ServiceEntry over the same Pods", []string{service, entry, vs(`  http: [{route: [{destination: {host: sample.internal}}]}]`)},
			[]string{"ServiceEntry demo/inside leads to the same Pods", "sample.internal"}},
		{"neither", []string{service, strings.Replace(entry, "{app: sample}", "{app: other}", 1), vs(`  http: [{route: [{destination: {host: other}}], mirror: {host: third}}]`)},
			[]string{"(k8s/istio has one to copy)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var objects []*unstructured.Unstructured
			for _, m := range tt.objects {
				objects = append(objects, parse(t, m))
			}
			_, err := Find(context.Background(), fakeClient(objects...), stableV1())
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
			if tt.name == "neither" && !strings.HasSuffix(err.Error(), tt.want[0]) {
				t.Errorf("it says more than there is: %v", err)
			}
		})
	}
}
