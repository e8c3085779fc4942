package mesh

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
)

// poll is how often the waits of this file look.
const poll = 50 * time.Millisecond

// WaitReady waits until istiod's webhook injects proxies, brings the ingress
// gateway into the cluster, and waits until the gateway takes traffic. The
// caller bounds it by ctx; the error says what was missing at the end.
func WaitReady(ctx context.Context, cfg Config) error {
	a, err := newApplier(cfg.REST)
	if err != nil {
		return err
	}
	if err := a.injects(ctx); err != nil {
		return err
	}
	gateway, err := fill("gateway.yaml", nil)
	if err != nil {
		return err
	}
	if _, err := a.applyText(ctx, gateway); err != nil {
		return fmt.Errorf("ingress gateway: %w", err)
	}
	return a.gatewayReady(ctx)
}

// injects waits until the API server gets an answer from istiod's webhook. It
// creates a Pod in a dry run: what comes back must hold a proxy.
func (a *applier) injects(ctx context.Context) error {
	err := until(ctx, func(ctx context.Context) error {
		probe := injectionProbe()
		got, err := a.resource(probe).Create(ctx, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err != nil {
			return err
		}
		if proxy, _, _ := unstructured.NestedSlice(got.Object, "spec", "initContainers"); len(proxy) == 0 {
			return errors.New("a Pod that asks for a proxy came back without one")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("istiod's injection webhook: %w; see istiod's log", err)
	}
	return nil
}

func injectionProbe() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "Pod",
		"metadata": map[string]any{
			"namespace": Namespace,
			"name":      "injection-probe",
			"labels":    map[string]any{"sidecar.istio.io/inject": "true"},
		},
		"spec": map[string]any{
			"serviceAccountName": "istiod",
			"containers":         []any{map[string]any{"name": "probe", "image": "probe"}},
		},
	}}
}

// gatewayReady waits until the gateway's Deployment has a ready Pod.
func (a *applier) gatewayReady(ctx context.Context) error {
	deployment := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "Deployment",
		"metadata":   map[string]any{"namespace": Namespace, "name": Gateway},
	}}
	err := until(ctx, func(ctx context.Context) error {
		got, err := a.resource(deployment).Get(ctx, Gateway, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if ready, _, _ := unstructured.NestedInt64(got.Object, "status", "readyReplicas"); ready == 0 {
			return errors.New("no Pod of it is ready")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("ingress gateway: Deployment %s: %w; see the Pods of %s", name(deployment), err, Namespace)
	}
	return nil
}

// until repeats try until it succeeds or ctx ends; then it returns the last
// error that try itself had to tell, not the end of ctx.
func until(ctx context.Context, try func(context.Context) error) error {
	var last error
	err := wait.PollUntilContextCancel(ctx, poll, true, func(ctx context.Context) (bool, error) {
		if err := try(ctx); err != nil {
			if ctx.Err() == nil {
				last = err
			}
			return false, nil
		}
		return true, nil
	})
	if err != nil && last != nil {
		return last
	}
	return err
}
