package session_test

import (
	"encoding/json"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/session"
)

const hotfix = "headgate/sample:hotfix"

// heldAt100 is a rollout that was held with all traffic on the candidate: when
// it came to stable, somebody else had changed that.
func heldAt100(t *testing.T, manager string, change func(*abandoned)) *abandoned {
	t.Helper()
	a := openAbandonedOf(t, manager)
	change(a)
	res, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Promote})
	if err != nil || res.Verdict != report.Held {
		t.Fatalf("promote: %+v, %v", res, err)
	}
	a.onCandidate()
	if !strings.Contains(res.Next, "rollback sample -n "+a.ns+" --force") {
		t.Errorf("the advice is %q", res.Next)
	}
	return a
}

// write changes stable's Pods under the name of a field manager.
func (a *abandoned) write(manager, template string) {
	a.t.Helper()
	_, err := a.client.Resource(resources["Deployment"]).Namespace(a.ns).Patch(a.t.Context(), "sample", types.StrategicMergePatchType,
		[]byte(`{"spec":{"template":`+template+`}}`), metav1.PatchOptions{FieldManager: manager})
	if err != nil {
		a.t.Fatal(err)
	}
}

func image(name string) string {
	return `{"spec":{"containers":[{"name":"sample","image":"` + name + `"}]}}`
}

// onCandidate fails unless all traffic goes to the candidate.
func (a *abandoned) onCandidate() {
	a.t.Helper()
	spec, _ := json.Marshal(a.get("VirtualService", "sample").Object["spec"])
	if !strings.Contains(string(spec), `"subset":"canary"},"weight":100`) {
		a.t.Errorf("not all traffic is on the candidate: %s", spec)
	}
}

// An earlier rollout wrote to stable, and two drivers have touched it since.
func TestRollbackOverAHotfixOfStable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		force bool
		image string
	}{
		{"it stays", false, hotfix},
		{"by force stable gets its image back", true, "headgate/sample:1.0.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := heldAt100(t, "headgate", func(a *abandoned) { a.write("kubectl-set", image(hotfix)) })
			res, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Rollback, Force: tt.force})
			if err != nil || res.Verdict != report.RolledBack {
				t.Fatalf("got %+v, %v", res, err)
			}
			a.asWritten(tt.image)
			named := strings.Contains(strings.Join(res.Warnings, "\n"), "Deployment "+a.ns+"/sample: spec.template was changed by somebody else")
			if named == tt.force {
				t.Errorf("the report warns of %q", res.Warnings)
			}
		})
	}
}

// What the Rollout itself has written is mixed with what somebody else did:
// only a person can say whose is right, and traffic stays where it is until then.
func TestTheAdviceForAChangedPromotionWorks(t *testing.T) {
	t.Parallel()
	a := heldAt100(t, "user", func(a *abandoned) {
		a.write("headgate", image("headgate/sample:1.1.0")) // and its driver died before it wrote that down
		a.write("kubectl-edit", `{"metadata":{"labels":{"tier":"web"}}}`)
	})
	held, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Rollback})
	if err == nil || held == nil || held.Verdict != report.Held || !strings.Contains(held.Next, "rollback sample -n "+a.ns+" --force") {
		t.Fatalf("got %+v, %v", held, err)
	}
	a.onCandidate()
	res, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Rollback, Force: true})
	if err != nil || res.Verdict != report.RolledBack {
		t.Fatalf("by force: %+v, %v", res, err)
	}
	a.asWritten("headgate/sample:1.0.0")
}
