package mesh

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// applier writes objects by server-side apply. The kinds are known here, so
// it guesses resource names instead of asking the API server for them.
type applier struct{ client dynamic.Interface }

func newApplier(cfg *rest.Config) (*applier, error) {
	fast := rest.CopyConfig(cfg)
	fast.QPS, fast.Burst = -1, -1
	fast.WarningHandler = rest.NoWarnings{} // an EnvoyFilter is what is wanted here
	client, err := dynamic.NewForConfig(fast)
	if err != nil {
		return nil, err
	}
	return &applier{client}, nil
}

// resource leads to the objects of obj's kind, in its namespace if it has one.
func (a *applier) resource(obj *unstructured.Unstructured) dynamic.ResourceInterface {
	plural, _ := meta.UnsafeGuessKindToResource(obj.GroupVersionKind())
	if ns := obj.GetNamespace(); ns != "" {
		return a.client.Resource(plural).Namespace(ns)
	}
	return a.client.Resource(plural)
}

// apply writes all objects at the same time and waits for them.
func (a *applier) apply(ctx context.Context, objects []*unstructured.Unstructured) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, obj := range objects {
		g.Go(func() error {
			_, err := a.resource(obj).Apply(ctx, obj.GetName(), obj, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
			if err != nil {
				return fmt.Errorf("%s %s: %w", obj.GetKind(), name(obj), err)
			}
			return nil
		})
	}
	return g.Wait()
}

// applyText is apply for the objects of a YAML text, which it returns.
func (a *applier) applyText(ctx context.Context, text []byte) ([]*unstructured.Unstructured, error) {
	objects, err := decode(text)
	if err != nil {
		return nil, err
	}
	return objects, a.apply(ctx, objects)
}

// name is how messages call an object: namespace/name, or name alone.
func name(obj *unstructured.Unstructured) string {
	if ns := obj.GetNamespace(); ns != "" {
		return ns + "/" + obj.GetName()
	}
	return obj.GetName()
}
