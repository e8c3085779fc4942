package optimistic_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"github.com/headgate-ci/headgate/modules/optimistic"
)

// A controller that answers whatever happens to an object with a write of its
// own, always after the same time, does not keep others from writing for ever.
func TestAControllerInStepIsOvercome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const slow, answer = 100 * time.Millisecond, 50 * time.Millisecond
		version, tries := 0, 0
		answered := func() { time.AfterFunc(answer, func() { version++ }) }
		err := optimistic.Write(t.Context(), "Deployment demo/sample", func() (bool, error) {
			tries++
			read := version
			time.Sleep(slow) // between reading and writing
			if version == read && tries%2 == 0 {
				return false, nil
			}
			if tries%2 == 1 { // somebody writes right before every other try
				version++
				answered()
			}
			return true, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("written at try %d", tries)
	})
}

func TestAnObjectThatAlwaysChangesIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := optimistic.Write(t.Context(), "Deployment demo/sample", func() (bool, error) { return true, nil })
		var busy *optimistic.BusyError
		if !errors.As(err, &busy) || busy.Object != "Deployment demo/sample" {
			t.Fatalf("%v", err)
		}
		if took := time.Since(began); took > time.Minute { // fake time
			t.Errorf("given up after %s", took)
		}
	})
}

func TestWriteEnds(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	for _, tt := range []struct {
		name  string
		try   func() (bool, error)
		after time.Duration // the caller has gone; 0 never
		want  error
	}{
		{"when it wrote", func() (bool, error) { return false, nil }, 0, nil},
		{"when it is refused for another reason", func() (bool, error) { return false, refused }, 0, refused},
		{"when it cannot be read anew", func() (bool, error) { return true, refused }, 0, refused},
		{"when nobody waits any more", func() (bool, error) { return true, nil }, time.Second, context.DeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.after > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.after)
					defer cancel()
				}
				if err := optimistic.Write(ctx, "x", tt.try); !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
			})
		})
	}
}

// A failed test in a JSON Patch and an object that would be invalid are refused
// with the same status.
func TestRaced(t *testing.T) {
	t.Parallel()
	gvr := schema.GroupVersionResource{Version: "v1", Resource: "services"}
	at := func(version string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Service",
			"metadata": map[string]any{"namespace": "demo", "name": "sample", "resourceVersion": version}}}
	}
	invalid := apierrors.NewGenericServerResponse(422, "", gvr.GroupResource(), "sample", "", 0, false)
	conflict := apierrors.NewConflict(gvr.GroupResource(), "sample", errors.New("modified"))
	forbidden := apierrors.NewForbidden(gvr.GroupResource(), "sample", errors.New("no"))
	for _, tt := range []struct {
		name    string
		stands  []runtime.Object
		refusal error
		want    bool
	}{
		{"a conflict needs no second look", nil, conflict, true},
		{"it was written in between", []runtime.Object{at("8")}, invalid, true},
		{"it was deleted in between", nil, invalid, true},
		{"the patch itself is wrong", []runtime.Object{at("7")}, invalid, false},
		{"not permitted is not a race", []runtime.Object{at("8")}, forbidden, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api := fake.NewSimpleDynamicClient(runtime.NewScheme(), tt.stands...).Resource(gvr).Namespace("demo")
			got, err := optimistic.RacedPatch(t.Context(), api, at("7"), tt.refusal)
			if got != tt.want || (err == nil) != tt.want {
				t.Errorf("raced %v, %v; want %v", got, err, tt.want)
			}
			if !tt.want && !errors.Is(err, tt.refusal) {
				t.Errorf("the refusal became %v", err)
			}
		})
	}
}
