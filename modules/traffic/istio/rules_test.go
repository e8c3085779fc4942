package istio

import (
	"context"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestARuleThatIsHidden: Istio takes the rule of the most exact host and no other.
func TestARuleThatIsHidden(t *testing.T) {
	t.Parallel()
	rule := func(name, host, rest string) string {
		return "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: " + name + ", namespace: demo}\nspec: {host: " + host + rest + "}"
	}
	v1 := ", subsets: [{name: v1, labels: {version: v1}}]"
	wild := rule("wild", `"*.demo.svc.cluster.local"`, v1)
	for _, tt := range []struct {
		name, reason string
		rules        []string
		edited       string   // the rule that gets the candidate's subset
		wants        []string // of the error otherwise
	}{
		{"a wildcard alone", "it is what Istio takes", []string{wild}, "wild", nil},
		{"an exact one beside it", "it hides the wildcard's subsets, though it has none", []string{wild, rule("exact", "sample", "")}, "",
			[]string{`subset "v1" of DestinationRule demo/wild`, "DestinationRule demo/exact is for host", "add the subset to exact"}},
		{"a longer wildcard", "likewise", []string{rule("short", `"*.svc.cluster.local"`, v1), rule("long", `"*.demo.svc.cluster.local"`, "")}, "",
			[]string{`subset "v1" of DestinationRule demo/short`, "add the subset to long"}},
		{"an exact one for some callers", "the others have the wildcard", []string{wild, rule("some", "sample", ", workloadSelector: {matchLabels: {app: other}}")}, "wild", nil},
		{"a name that Istio does not complete", "it is no rule for this Service", []string{wild, rule("short", "sample.demo", "")}, "wild", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			objects := []*unstructured.Unstructured{parse(t, service), parse(t, vs(toStable))}
			for _, r := range tt.rules {
				objects = append(objects, parse(t, r))
			}
			s, err := Find(context.Background(), fakeClient(objects...), stableV1())
			if tt.edited != "" {
				if err != nil || len(s.state.Subsets) != 1 || s.state.Subsets[0].Name != tt.edited {
					t.Fatalf("%s: %+v, %v", tt.reason, s, err)
				}
				return
			}
			if err == nil {
				t.Fatalf("%s: no error; the subset goes into %+v", tt.reason, s.state.Subsets)
			}
			for _, want := range tt.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
		})
	}
}
