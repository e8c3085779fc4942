package podenv

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Field reads a field of the downward API from a Pod, whose status must carry
// its addresses already.
func Field(pod *corev1.Pod, path string) (string, error) {
	if of, key, ok := subscript(path); ok {
		return of(pod)[key], nil
	}
	if read, ok := fields[path]; ok {
		return read(pod), nil
	}
	return "", fmt.Errorf("field %q of the downward API is not known", path)
}

var fields = map[string]func(*corev1.Pod) string{
	"metadata.name":           func(p *corev1.Pod) string { return p.Name },
	"metadata.namespace":      func(p *corev1.Pod) string { return p.Namespace },
	"metadata.uid":            func(p *corev1.Pod) string { return string(p.UID) },
	"metadata.labels":         func(p *corev1.Pod) string { return lines(p.Labels) },
	"metadata.annotations":    func(p *corev1.Pod) string { return lines(p.Annotations) },
	"spec.nodeName":           func(p *corev1.Pod) string { return p.Spec.NodeName },
	"spec.serviceAccountName": func(p *corev1.Pod) string { return p.Spec.ServiceAccountName },
	"status.hostIP":           func(p *corev1.Pod) string { return p.Status.HostIP },
	"status.hostIPs":          func(p *corev1.Pod) string { return p.Status.HostIP },
	"status.podIP":            func(p *corev1.Pod) string { return p.Status.PodIP },
	"status.podIPs":           func(p *corev1.Pod) string { return p.Status.PodIP },
}

// subscript understands metadata.labels['key'] and metadata.annotations['key'].
func subscript(path string) (of func(*corev1.Pod) map[string]string, key string, ok bool) {
	path, closed := strings.CutSuffix(path, "']")
	base, key, open := strings.Cut(path, "['")
	if !closed || !open {
		return nil, "", false
	}
	switch base {
	case "metadata.labels":
		return func(p *corev1.Pod) map[string]string { return p.Labels }, key, true
	case "metadata.annotations":
		return func(p *corev1.Pod) map[string]string { return p.Annotations }, key, true
	}
	return nil, "", false
}

// lines is how a map looks in a file of the downward API: key="value".
func lines(m map[string]string) string {
	all := make([]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, k+"="+strconv.Quote(m[k]))
	}
	return strings.Join(all, "\n")
}

// nodeMemory stands in for the node's memory where a container has no limit.
var nodeMemory = resource.MustParse("8Gi")

// Resource reads a container's request or limit in units of the divisor. The
// node enforces none; where a container has no limit it gets the machine's.
func Resource(c *corev1.Container, ref *corev1.ResourceFieldSelector) (string, error) {
	kind, name, _ := strings.Cut(ref.Resource, ".")
	var list corev1.ResourceList
	switch kind {
	case "limits":
		list = c.Resources.Limits
	case "requests":
		list = c.Resources.Requests
	default:
		return "", fmt.Errorf("resource field %q is not known", ref.Resource)
	}
	quantity, ok := list[corev1.ResourceName(name)]
	if !ok && kind == "limits" {
		quantity = machine(corev1.ResourceName(name))
	}
	if name == string(corev1.ResourceCPU) {
		return divide(quantity.MilliValue(), divisor(ref).MilliValue()), nil
	}
	return divide(quantity.Value(), divisor(ref).Value()), nil
}

func machine(name corev1.ResourceName) resource.Quantity {
	switch name {
	case corev1.ResourceCPU:
		return *resource.NewQuantity(int64(runtime.NumCPU()), resource.DecimalSI)
	case corev1.ResourceMemory:
		return nodeMemory
	}
	return resource.Quantity{}
}

func divisor(ref *corev1.ResourceFieldSelector) *resource.Quantity {
	if ref.Divisor.IsZero() {
		return resource.NewQuantity(1, resource.DecimalSI)
	}
	return &ref.Divisor
}

// divide rounds up.
func divide(a, by int64) string {
	return strconv.FormatInt((a+by-1)/by, 10)
}
