package journeys_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/demo"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// TestRunsWithTheRolesOfK8sRBAC rolls out as the ServiceAccount of k8s/rbac,
// which may do nothing beyond.
func TestRunsWithTheRolesOfK8sRBAC(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	s.applyRBAC()
	for _, want := range []struct {
		tag     string
		verdict report.Verdict
	}{{sample.Errors, report.RolledBack}, {sample.Good, report.Promoted}} {
		p := s.command("run", "-f", s.file(asked{tag: want.tag, steps: "[50]"}), "-o", "json", "--as", "system:serviceaccount:"+s.ns+":headgate")
		p.ended(want.verdict, "")
	}
	s.asBefore(sample.Ref(sample.Good))
}

func (s *shop) applyRBAC() {
	s.t.Helper()
	objects, err := demo.Objects("rbac")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range objects {
		if o.GetNamespace() == demo.Namespace {
			o.SetNamespace(s.ns)
		} else { // the gateway's namespace, which all journeys share
			o.SetName(o.GetName() + "-" + s.ns)
			if o.GetKind() == "RoleBinding" {
				role, _, _ := unstructured.NestedString(o.Object, "roleRef", "name")
				_ = unstructured.SetNestedField(o.Object, role+"-"+s.ns, "roleRef", "name")
			}
		}
		subjects, ok, _ := unstructured.NestedSlice(o.Object, "subjects")
		if !ok {
			continue
		}
		for _, subject := range subjects {
			subject.(map[string]any)["namespace"] = s.ns
		}
		_ = unstructured.SetNestedSlice(o.Object, subjects, "subjects")
	}
	apply, err := manifest.NewApplier(mesh.config, s.ns)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := apply.Apply(s.t.Context(), objects); err != nil {
		s.t.Fatal(err)
	}
}
