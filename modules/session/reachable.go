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
	namespace string
	// service is the one that candidate Pods stand behind.
	service string
	within  time.Duration
}

func (s *Session) reachable() reachable {
	service, _, _ := strings.Cut(s.subject.Candidate.Host, ".")
	return reachable{Candidate: s.candidate, client: s.cluster.Dynamic, namespace: s.namespace(), service: service, within: s.release.Spec.Timeouts.Route.Duration}
}

// EnsureCapacity waits for ready Pods, and then for the Service to list them.
func (r reachable) EnsureCapacity(ctx context.Context, weight int) (string, error) {
	detail, err := r.Candidate.EnsureCapacity(ctx, weight)
	if err != nil {
		return detail, err
	}
	for deadline := time.Now().Add(r.within); ; {
		missing, err := r.missing(ctx)
		switch {
		case apierrors.IsForbidden(err): // cannot be seen; the confirmation of the weight will tell
			return detail, nil
		case err != nil:
			return detail, err
		case len(missing) == 0:
			return detail, nil
		case time.Now().After(deadline):
			return detail, fmt.Errorf("service %s/%s does not list the ready candidate Pods %s after %s: compare its selector with their labels (`kubectl get endpointslices -n %s -l kubernetes.io/service-name=%s`)",
				r.namespace, r.service, strings.Join(missing, ", "), r.within, r.namespace, r.service)
		}
		select {
		case <-ctx.Done():
			return detail, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// missing are the candidate's ready Pods that the Service does not list as
// ready.
func (r reachable) missing(ctx context.Context) ([]string, error) {
	_, err := r.client.Resource(services).Namespace(r.namespace).Get(ctx, r.service, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil // a Service of the candidate's own comes with the routes
	}
	if err != nil {
		return nil, fmt.Errorf("read service %s/%s: %w", r.namespace, r.service, err)
	}
	list, err := r.client.Resource(pods).Namespace(r.namespace).List(ctx, metav1.ListOptions{LabelSelector: r.Selector()})
	if err != nil {
		return nil, fmt.Errorf("list the candidate's Pods in %s: %w", r.namespace, err)
	}
	listed, err := r.listed(ctx)
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
func (r reachable) listed(ctx context.Context) (map[string]bool, error) {
	list, err := r.client.Resource(endpointSlices).Namespace(r.namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + r.service})
	if err != nil {
		return nil, fmt.Errorf("list the endpoints of service %s/%s: %w", r.namespace, r.service, err)
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
