package envoy

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// listTimeout bounds the listing of Pods.
const listTimeout = 10 * time.Second

// proxy is a running Pod that has an Envoy.
type proxy struct {
	uid             types.UID
	namespace, name string
	port            string
	workload        string
}

func (p proxy) String() string { return p.namespace + "/" + p.name }

// proxies lists those that may count the subject's requests. Where listing the
// whole cluster is forbidden, the subject's namespace is used and a note says so.
func (s *Source) proxies(ctx context.Context, subject metrics.Subject) ([]proxy, []string, error) {
	if s.opts.Side == DestinationSide {
		all, err := s.list(ctx, Selector{Namespace: subject.Namespace})
		return serving(all, subject), nil, err
	}
	selectors := s.opts.Callers
	if len(selectors) == 0 {
		selectors = []Selector{{}}
	}
	var out []proxy
	var notes []string
	for _, selector := range selectors {
		found, err := s.list(ctx, selector)
		if apierrors.IsForbidden(err) && selector.Namespace == "" {
			notes = append(notes, fmt.Sprintf("envoy: Pods cannot be listed in all namespaces: only the proxies of %s are read", subject.Namespace))
			selector.Namespace = subject.Namespace
			found, err = s.list(ctx, selector)
		}
		if err != nil {
			return nil, notes, err
		}
		out = append(out, found...)
	}
	return once(out), notes, nil
}

// list reads in pages, and keeps of each Pod only what is needed.
func (s *Source) list(ctx context.Context, selector Selector) ([]proxy, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, listTimeout, fmt.Errorf("no answer within %s", listTimeout))
	defer cancel()
	var out []proxy
	options := metav1.ListOptions{Limit: 500, LabelSelector: labels.SelectorFromSet(selector.Labels).String(), FieldSelector: "status.phase=Running"}
	for {
		page, err := s.pods.Pods(selector.Namespace).List(ctx, options)
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return nil, fmt.Errorf("envoy: list Pods%s: %w", within(selector.Namespace), err)
		}
		for i := range page.Items {
			if port, ok := statsPort(&page.Items[i]); ok {
				out = append(out, describe(&page.Items[i], port))
			}
		}
		if options.Continue = page.Continue; options.Continue == "" {
			return out, nil
		}
	}
}

func within(namespace string) string {
	if namespace == "" {
		return " in all namespaces"
	}
	return " in namespace " + namespace
}

func describe(pod *corev1.Pod, port int32) proxy {
	return proxy{
		uid: pod.UID, namespace: pod.Namespace, name: pod.Name,
		port: strconv.Itoa(int(port)), workload: workload(pod),
	}
}

// statsPort is the port that Istio's injection names for scraping Envoy; the
// sidecar may be an ordinary container or an init container that stays.
func statsPort(pod *corev1.Pod) (int32, bool) {
	for _, containers := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for _, c := range containers {
			for _, p := range c.Ports {
				if strings.HasSuffix(p.Name, "-envoy-prom") {
					return p.ContainerPort, true
				}
			}
		}
	}
	return 0, false
}

// workload is the name of what owns the Pod: the Deployment's, for a
// ReplicaSet that a Deployment made.
func workload(pod *corev1.Pod) string {
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return ""
	}
	if hash := pod.Labels["pod-template-hash"]; owner.Kind == "ReplicaSet" && hash != "" {
		return strings.TrimSuffix(owner.Name, "-"+hash)
	}
	return owner.Name
}

// serving keeps the proxies of the versions.
func serving(all []proxy, subject metrics.Subject) []proxy {
	var out []proxy
	for _, p := range all {
		if slices.Contains([]string{subject.Stable.Workload, subject.Candidate.Workload, subject.Baseline.Workload}, p.workload) && p.workload != "" {
			out = append(out, p)
		}
	}
	return out
}

// once drops the proxies that two selectors found.
func once(all []proxy) []proxy {
	seen := map[types.UID]bool{}
	out := all[:0]
	for _, p := range all {
		if !seen[p.uid] {
			seen[p.uid] = true
			out = append(out, p)
		}
	}
	return out
}
