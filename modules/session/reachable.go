package session

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/session/selectors"
	"github.com/headgate-ci/headgate/modules/workload"
)

var (
	pods           = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	endpointSlices = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
)

// reachable is a candidate whose capacity counts only when the mesh can reach
// it: a Pod that is ready and not yet among its Service's endpoints would make
// the proxies answer 503.
type reachable struct {
	*workload.Candidate
	client    dynamic.Interface
	writer    dynamic.Interface
	namespace string
	groups    []group
	within    time.Duration
}

// group are Pods and the Service that they stand behind.
type group struct{ what, selector, service string }

func (s *Session) reachable() reachable {
	r := reachable{Candidate: s.candidate, client: s.cluster.Dynamic, writer: s.writer, namespace: s.namespace(), within: s.release.Spec.Timeouts.Route.Duration}
	service, _, _ := strings.Cut(s.subject.Candidate.Host, ".")
	r.groups = []group{{"candidate", s.candidate.Selector(), service}}
	if s.candidate.BaselineName() != "" {
		service, _, _ = strings.Cut(s.subject.Baseline.Host, ".")
		r.groups = append(r.groups, group{"baseline", s.candidate.BaselineSelector(), service})
	}
	return r
}

// Leave has no Service select the Pods any more.
func (r reachable) Leave(ctx context.Context) error {
	for _, g := range r.groups {
		if err := selectors.Leave(ctx, r.writer, r.namespace, g.selector); err != nil {
			return err
		}
	}
	return nil
}

// EnsureCapacity waits for ready Pods, and then for their Services to list them.
func (r reachable) EnsureCapacity(ctx context.Context, weight, baseline int) (string, error) {
	detail, err := r.Candidate.EnsureCapacity(ctx, weight, baseline)
	if err != nil {
		return detail, err
	}
	for _, g := range r.groups {
		if err := r.wait(ctx, g); err != nil {
			return detail, err
		}
	}
	return detail, nil
}

func (r reachable) wait(ctx context.Context, g group) error {
	for deadline := time.Now().Add(r.within); ; {
		missing, err := r.missing(ctx, g)
		switch {
		case apierrors.IsForbidden(err): // cannot be seen; the confirmation of the weight will tell
			return nil
		case err != nil:
			return err
		case len(missing) == 0:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("service %s/%s does not list the ready %s Pods %s after %s: compare its selector with their labels (`kubectl get endpointslices -n %s -l kubernetes.io/service-name=%s`)",
				r.namespace, g.service, g.what, strings.Join(missing, ", "), r.within, r.namespace, g.service)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// missing are a group's ready Pods that its Service does not list as ready.
func (r reachable) missing(ctx context.Context, g group) ([]string, error) {
	_, err := r.client.Resource(services).Namespace(r.namespace).Get(ctx, g.service, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil // a Service of its own comes with the routes
	}
	if err != nil {
		return nil, fmt.Errorf("read service %s/%s: %w", r.namespace, g.service, err)
	}
	list, err := r.client.Resource(pods).Namespace(r.namespace).List(ctx, metav1.ListOptions{LabelSelector: g.selector})
	if err != nil {
		return nil, fmt.Errorf("list the %s's Pods in %s: %w", g.what, r.namespace, err)
	}
	listed, err := r.listed(ctx, g.service)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range list.Items {
		pod := &corev1.Pod{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, pod); err != nil {
			return nil, fmt.Errorf("decode Pod %s/%s: %w", r.namespace, list.Items[i].GetName(), err)
		}
		if podReady(pod) && !listed[pod.Name] {
			out = append(out, pod.Name)
		}
	}
	return out, nil
}

func podReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil
		}
	}
	return false
}

// listed are the Pods that the Service lists as ready.
func (r reachable) listed(ctx context.Context, service string) (map[string]bool, error) {
	list, err := r.client.Resource(endpointSlices).Namespace(r.namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + service})
	if err != nil {
		return nil, fmt.Errorf("list the endpoints of service %s/%s: %w", r.namespace, service, err)
	}
	out := map[string]bool{}
	for i := range list.Items {
		slice := &discoveryv1.EndpointSlice{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, slice); err != nil {
			return nil, fmt.Errorf("decode EndpointSlice %s/%s: %w", r.namespace, list.Items[i].GetName(), err)
		}
		for _, e := range slice.Endpoints {
			if e.TargetRef != nil && (e.Conditions.Ready == nil || *e.Conditions.Ready) {
				out[e.TargetRef.Name] = true
			}
		}
	}
	return out, nil
}
