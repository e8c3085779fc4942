package release

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// release judges a Release that has its defaults.
func (f *findings) release(r *Release) {
	if r.APIVersion == "" {
		f.missing("apiVersion", "write apiVersion: %s", APIVersion)
	}
	if r.Kind == "" {
		f.missing("kind", "write kind: %s", Kind)
	}
	f.metadata(r.Metadata)
	f.target(r)
	f.candidate(r.Spec.Candidate)
	f.routes(r.Spec.Routes)
	f.canary(r.Spec.Strategy.Canary)
	f.decision(r.Spec.Decision)
	f.gates(r.Spec)
	f.auto(r.Spec)
	f.baseline(r.Spec)
	f.metrics(r.Spec.Metrics)
	f.timeouts(r.Spec)
	f.watchdog(r.Spec.Watchdog)
}

func (f *findings) metadata(m Metadata) {
	if m.Name == "" && !f.written("metadata.name") {
		f.missing("metadata.name", "it is the name of the Deployment, such as sample")
	} else {
		f.name("metadata.name", m.Name, validation.IsDNS1123Label)
	}
	if m.Namespace != "" || f.written("metadata.namespace") {
		f.name("metadata.namespace", m.Namespace, validation.IsDNS1123Label)
	}
	for _, key := range slices.Sorted(maps.Keys(m.Labels)) {
		path := join("metadata.labels", key)
		f.key(path, key)
		for _, why := range validation.IsValidLabelValue(m.Labels[key]) {
			f.wrong(path, "%q is not a label's value: %s", clip(m.Labels[key]), short(why))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m.Annotations)) {
		f.key(join("metadata.annotations", key), key)
	}
}

func (f *findings) key(path, key string) {
	for _, why := range validation.IsQualifiedName(key) {
		f.wrong(path, "%q is not a key: %s", clip(key), short(why))
	}
	if strings.HasPrefix(key, "headgate.dev/") {
		f.wrong(path, "keys that begin with headgate.dev/ are Headgate's own; take another prefix")
	}
}

func (f *findings) target(r *Release) {
	s := r.Spec
	f.oneOf("spec.target.kind", s.Target.Kind, "Deployment")
	if f.written("spec.target.name") || s.Target.Name != r.Metadata.Name {
		f.name("spec.target.name", s.Target.Name, validation.IsDNS1123Subdomain)
	}
	if s.Service != "" || f.written("spec.service") {
		f.name("spec.service", s.Service, validation.IsDNS1123Label)
	}
}
