package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session"
	"github.com/headgate-ci/headgate/modules/workload"
)

const (
	oldImage = "headgate/sample:1.0.0"
	newImage = "headgate/sample:1.1.0"
)

var goBack = session.TakeOver{Do: session.Rollback, GoBack: true}

// openPromoted is a namespace whose rollout was promoted.
func openPromoted(t *testing.T) *abandoned {
	t.Helper()
	a := openAbandoned(t)
	if res, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Promote}); err != nil || res.Verdict != report.Promoted {
		t.Fatalf("got %+v, %v", res, err)
	}
	a.asWritten(newImage)
	return a
}

func TestAfterAPromotionRollbackBringsTheVersionBeforeBack(t *testing.T) {
	t.Parallel()
	a := openPromoted(t)
	res, err := session.Take(t.Context(), a.cluster(nil), "sample", goBack)
	if err != nil || res.Verdict != report.RolledBack {
		t.Fatalf("got %+v, %v", res, err)
	}
	a.asWritten(oldImage)
	if again, err := session.Take(t.Context(), a.cluster(nil), "sample", goBack); err != nil || again.Verdict != report.RolledBack {
		t.Errorf("asked again there is nothing to do: %+v, %v", again, err)
	}
	past, err := session.History(t.Context(), a.cluster(nil), "sample")
	if err != nil || len(past) != 1 || past[0].Verdict != rollout.RolledBack || past[0].From != oldImage || past[0].To != newImage || past[0].Reason == "" {
		t.Errorf("the history is %+v, %v", past, err)
	}
}

// A watchdog asks for a rollback, too, and may find that the driver was done.
func TestOnlyAPersonTakesAPromotionBack(t *testing.T) {
	t.Parallel()
	a := openPromoted(t)
	if res, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Rollback}); err == nil {
		t.Errorf("got %+v", res)
	}
	a.asWritten(newImage)
}

func TestAnInterruptDoesNotLeaveTwoVersions(t *testing.T) {
	t.Parallel()
	a := openPromoted(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := goBack
	stopped.Observe = func(e rollout.Event) {
		if e.Kind == rollout.EventUndo {
			cancel()
		}
	}
	if res, err := session.Take(ctx, a.cluster(nil), "sample", stopped); err != nil || res.Verdict != report.RolledBack {
		t.Errorf("got %+v, %v", res, err)
	}
	a.asWritten(oldImage)
}

func TestWhatSomebodyElseDeployedSinceIsNotTakenBack(t *testing.T) {
	t.Parallel()
	a := openPromoted(t)
	theirs := []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"sample","image":"headgate/sample:1.2.0"}]}}}}`)
	if _, err := a.client.Resource(resources["Deployment"]).Namespace(a.ns).Patch(t.Context(), "sample", types.StrategicMergePatchType, theirs, metav1.PatchOptions{FieldManager: "user"}); err != nil {
		t.Fatal(err)
	}
	_, err := session.Take(t.Context(), a.cluster(nil), "sample", goBack)
	var conflict *workload.ConflictError
	if !errors.As(err, &conflict) || !strings.Contains(err.Error(), "headgate rollback sample -n "+a.ns+" --force") {
		t.Fatalf("got %v", err)
	}
	a.asWritten("headgate/sample:1.2.0")
	st, err := session.Look(t.Context(), a.cluster(nil), a.ns, "sample")
	if err != nil || st.Phase != string(rollout.Promoted) {
		t.Errorf("the record says %+v, %v", st, err)
	}
	forced := goBack
	forced.Force = true
	if res, err := session.Take(t.Context(), a.cluster(nil), "sample", forced); err != nil || res.Verdict != report.RolledBack {
		t.Fatalf("with --force: %+v, %v", res, err)
	}
	a.asWritten(oldImage)
}

func TestTheVersionBeforeCanBeRolledOutPastGates(t *testing.T) {
	t.Parallel()
	a := openPromoted(t)
	rel, err := session.Former(t.Context(), a.cluster(nil), "sample")
	if err != nil {
		t.Fatal(err)
	}
	if got := rel.Spec.Candidate.Images["sample"]; got != oldImage || rel.Metadata.Name != "sample" || len(rel.Spec.Gates) == 0 {
		t.Errorf("it would roll out %q past %d gates", got, len(rel.Spec.Gates))
	}
}
