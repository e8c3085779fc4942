package analyze

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// world is what the checks look at.
type world struct {
	Scope
	// mine are the analyzed objects by name.
	mine map[string]bool
	// by are all objects by kind.
	by       map[string][]*unstructured.Unstructured
	findings []Finding
}

// groups are those of the kinds that checks are about; the names of kinds are
// not unique among groups.
var groups = map[string]string{
	"Namespace": "", "Service": "", "Pod": "", "Deployment": "apps", "StatefulSet": "apps", "DaemonSet": "apps", "ReplicaSet": "apps", "Job": "batch",
	"VirtualService": "networking.istio.io", "DestinationRule": "networking.istio.io", "Gateway": "networking.istio.io",
	"ServiceEntry": "networking.istio.io", "PeerAuthentication": "security.istio.io",
}

func newWorld(s Scope) *world {
	if s.RootNamespace == "" {
		s.RootNamespace = "istio-system"
	}
	w := &world{Scope: s, mine: map[string]bool{}, by: map[string][]*unstructured.Unstructured{}, findings: []Finding{}}
	for _, o := range s.Objects {
		if w.put(o) {
			w.mine[describe(o)] = true
		}
	}
	for _, o := range s.Around {
		if !w.mine[describe(o)] {
			w.put(o)
		}
	}
	return w
}

// put files an object under its kind, if that is of interest.
func (w *world) put(o *unstructured.Unstructured) bool {
	group, ok := groups[o.GetKind()]
	if !ok || group != o.GroupVersionKind().Group {
		return false
	}
	w.by[o.GetKind()] = append(w.by[o.GetKind()], o)
	return true
}

// analyzed are the objects of a kind that findings may be about.
func (w *world) analyzed(kind string) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, o := range w.by[kind] {
		if w.mine[describe(o)] {
			out = append(out, o)
		}
	}
	return out
}

// find notes a finding about an object's field.
func (w *world) find(f Finding, o *unstructured.Unstructured, path, format string, args ...any) {
	if !w.mine[describe(o)] {
		return
	}
	f.Object, f.Path, f.Message = describe(o), path, fmt.Sprintf(format, args...)
	w.findings = append(w.findings, f)
}

// absent is how bad it is that something in a namespace was not found: an error
// where everything is known, or where the rest of that namespace is at hand.
func (w *world) absent(namespace string) Severity {
	if w.Whole {
		return Error
	}
	for _, o := range w.Objects {
		if o.GetNamespace() == namespace {
			return Error
		}
	}
	return Warning
}

// host is a destination's name taken apart.
type host struct {
	name string // as written
	// service and namespace are those of a Service in the cluster; empty for a
	// name of the outside.
	service, namespace string
}

// hostOf reads a host as an object in a namespace means it.
func hostOf(name, namespace string) host {
	h := host{name: name}
	parts := strings.Split(name, ".")
	switch {
	case strings.Contains(name, "*"):
	case len(parts) == 1:
		h.service, h.namespace = name, namespace
	case len(parts) >= 3 && parts[2] == "svc":
		h.service, h.namespace = parts[0], parts[1]
	}
	return h
}

// full is the name that means the same everywhere.
func (h host) full() string {
	if h.service == "" {
		return h.name
	}
	return h.service + "." + h.namespace + ".svc"
}

// service is the Service that a host names; nil if none is known.
func (w *world) service(h host) *unstructured.Unstructured {
	for _, s := range w.by["Service"] {
		if s.GetName() == h.service && s.GetNamespace() == h.namespace {
			return s
		}
	}
	return nil
}

// rules are the DestinationRules for a host.
func (w *world) rules(h host) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, r := range w.by["DestinationRule"] {
		if hostOf(text(r.Object, "spec", "host"), r.GetNamespace()).full() == h.full() {
			out = append(out, r)
		}
	}
	return out
}

// podLabels are the labels that a workload's Pods have, with the namespace's
// name; nil for what is no workload.
func podLabels(o *unstructured.Unstructured) map[string]string {
	switch o.GetKind() {
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job":
		m, _, _ := unstructured.NestedStringMap(o.Object, "spec", "template", "metadata", "labels")
		return m
	case "Pod":
		return o.GetLabels()
	}
	return nil
}

// workloads are those of a namespace whose Pods have all of the labels.
func (w *world) workloads(namespace string, labels map[string]string) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod"} {
		for _, o := range w.by[kind] {
			if o.GetNamespace() == namespace && within(labels, podLabels(o)) {
				out = append(out, o)
			}
		}
	}
	return out
}

// within says that all labels wanted are there.
func within(want, have map[string]string) bool {
	for k, v := range want {
		if got, ok := have[k]; !ok || got != v {
			return false
		}
	}
	return true
}

func text(o map[string]any, path ...string) string {
	s, _, _ := unstructured.NestedString(o, path...)
	return s
}

func list(o map[string]any, path ...string) []map[string]any {
	items, _, _ := unstructured.NestedFieldNoCopy(o, path...)
	all, _ := items.([]any)
	var out []map[string]any
	for _, item := range all {
		m, _ := item.(map[string]any) // what is no object has no fields
		out = append(out, m)
	}
	return out
}

func texts(o map[string]any, path ...string) []string {
	s, _, _ := unstructured.NestedStringSlice(o, path...)
	return s
}

func labelsAt(o map[string]any, path ...string) map[string]string {
	m, _, _ := unstructured.NestedStringMap(o, path...)
	return m
}
