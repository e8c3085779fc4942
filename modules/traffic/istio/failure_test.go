package istio

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubetesting "k8s.io/client-go/testing"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// TestSeveralObjects: they move in a fixed order; a failure says which have
// moved, and doing it again finishes the rest.
func TestSeveralObjects(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, stableV1(), service, ruleV1, vsNamed("demo", "a", toStable), vsNamed("demo", "b", toStable), vsNamed("demo", "c", toStable))
	w.prepare()
	refuse := "b"
	w.client.PrependReactor("patch", resourceVirtualServices, func(a kubetesting.Action) (bool, runtime.Object, error) {
		if a.(kubetesting.PatchAction).GetName() == refuse {
			return true, nil, apierrors.NewServiceUnavailable("not now")
		}
		return false, nil, nil
	})
	err := w.SetWeight(ctx, traffic.Weights{Candidate: 25})
	var partial *traffic.PartialError
	if !errors.As(err, &partial) || traffic.Describe(partial.Moved) != "VirtualService demo/a" {
		t.Fatalf("want a PartialError that names demo/a, got %v", err)
	}
	if !apierrors.IsServiceUnavailable(err) || !strings.Contains(err.Error(), "patch VirtualService demo/b") {
		t.Errorf("the cause is hidden: %v", err)
	}
	var disagree *traffic.DisagreeError
	if _, err := w.Weight(ctx); !errors.As(err, &disagree) || !strings.Contains(err.Error(), "VirtualService demo/a spec.http[0]: 25%") {
		t.Errorf("Weight: want a DisagreeError, got %v", err)
	}
	w.set(0) // b stands at 0 already and needs no patch
	refuse = ""
	w.set(5)
	refuse = "b"
	if err := w.SetWeight(ctx, traffic.Weights{Candidate: 0}); !errors.As(err, &partial) || traffic.Describe(partial.Moved) != "VirtualService demo/a, VirtualService demo/c" {
		t.Errorf("moving traffic back must not stop at one object that fails: %v", err)
	}
	refuse = ""
	w.set(25)
	if p := w.weight(); p != 25 {
		t.Errorf("after the retry: %d%%", p)
	}
	w.restore()
}

// TestLostAnswer: a write that arrived while its answer did not is Headgate's
// own, not somebody else's change.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for _, crashed := range []bool{false, true} {
		t.Run(fmt.Sprintf("process died %v", crashed), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
			before := text(t, w.routes())
			w.prepare()
			w.set(5)
			lose := true
			w.client.PrependReactor("patch", resourceVirtualServices, func(a kubetesting.Action) (bool, runtime.Object, error) {
				if !lose {
					return false, nil, nil
				}
				lose = false
				_, _, err := kubetesting.ObjectReaction(w.client.Tracker())(a)
				w.must(err)
				return true, nil, errors.New("connection reset by peer")
			})
			data, err := w.State() // what the journal has when the process dies
			w.must(err)
			if err := w.SetWeight(ctx, traffic.Weights{Candidate: 25}); err == nil {
				t.Fatal("the lost answer is no error")
			}
			if crashed {
				w.Split, err = Resume(ctx, w.client, data)
				w.must(err)
			}
			w.set(25)
			w.set(50)
			w.restore()
			if d := cmp.Diff(before, text(t, w.routes())); d != "" {
				t.Errorf("did not come back:\n%s", d)
			}
		})
	}
}

// TestRace: somebody writes between Headgate's read and its patch. The patch
// does not apply to what they wrote, and is worked out anew.
func TestRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	w.prepare()
	refusals := 0
	w.client.PrependReactor("patch", resourceVirtualServices, func(kubetesting.Action) (bool, runtime.Object, error) {
		if refusals++; refusals > 2 {
			return false, nil, nil
		}
		w.somebody(func(s map[string]any) { s["hosts"] = []any{fmt.Sprint(refusals)} })
		return true, nil, apierrors.NewConflict(schema.GroupResource{Group: group, Resource: resourceVirtualServices}, "sample", errors.New("modified"))
	})
	w.set(25)
	if p, hosts := w.weight(), spec(w.routes())["hosts"]; p != 25 || fmt.Sprint(hosts) != "[2]" {
		t.Errorf("weight %d, hosts %v", p, hosts)
	}
	refusals = -1 << 30
	err := w.SetWeight(context.Background(), traffic.Weights{Candidate: 50})
	if err == nil || !strings.Contains(err.Error(), "changes faster than it can be written") {
		t.Errorf("an object that always changes: %v", err)
	}
}

// TestNotPermitted: the message says which object, and where the right comes
// from.
func TestNotPermitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	w.client.PrependReactor("patch", "*", func(a kubetesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Group: group, Resource: a.GetResource().Resource}, "sample", errors.New("no"))
	})
	err := w.Prepare(context.Background())
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "patch DestinationRule demo/sample") || !strings.Contains(err.Error(), "headgate rbac") {
		t.Errorf("%v", err)
	}
}

// TestRefusedPatch: an admission webhook's word reaches the user, once.
func TestRefusedPatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	tries := 0
	w.client.PrependReactor("patch", resourceVirtualServices, func(kubetesting.Action) (bool, runtime.Object, error) {
		tries++
		return true, nil, apierrors.NewInvalid(schema.GroupKind{Group: group, Kind: kindVirtualService}, "sample", nil)
	})
	err := w.Prepare(context.Background())
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "patch VirtualService demo/sample") || tries != 1 {
		t.Errorf("%d tries: %v", tries, err)
	}
}
