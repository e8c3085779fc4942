// Package analyze finds in mesh objects what will go wrong with them, before
// they are applied: with checks of its own that need no cluster, and with
// istioctl where there is one.
package analyze

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Severity says how bad a Finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one thing that is wrong.
type Finding struct {
	// Code identifies the check: HG and a number, or istioctl's own.
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// Object is such as "VirtualService demo/web".
	Object string `json:"object"`
	// Path is the field, such as "spec.http[0].route[1]"; empty for the whole.
	Path string `json:"path,omitempty"`
	// File and Line say where it was written, as far as that is known.
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
	// Next is what to do about it.
	Next string `json:"next,omitempty"`
	// Step is the step of a Rollout at which it is so; empty for the objects as
	// they are.
	Step string `json:"step,omitempty"`
}

// same says that two findings are about the same.
func (f Finding) same(g Finding) bool {
	return f.Code == g.Code && f.Object == g.Object && f.Path == g.Path && f.Message == g.Message
}

// Scope says what is known of the world around the objects.
type Scope struct {
	// Objects are those that are analyzed.
	Objects []*unstructured.Unstructured
	// Around are those that the objects may refer to besides: what a cluster
	// has. An object of Objects hides one of the same name.
	Around []*unstructured.Unstructured
	// Whole says that there is nothing else: what is not found does not exist.
	Whole bool
	// RootNamespace is that of the mesh's own settings; istio-system when empty.
	RootNamespace string
}

// Check applies this package's own checks. The findings are about Objects
// alone, the worst first.
func Check(s Scope) []Finding {
	w := newWorld(s)
	for _, check := range checks {
		check(w)
	}
	Sort(w.findings)
	return w.findings
}

// checks are all there are; docs/deploy.md lists them by code.
var checks = []func(*world){
	checkWeights, checkDestinations, checkSubsets, checkHosts, checkGateways, checkServices, checkMutualTLS, checkInjection,
}

// New are the findings among after that are not among before.
func New(before, after []Finding) []Finding {
	var out []Finding
	for _, f := range after {
		if !slices.ContainsFunc(before, f.same) {
			out = append(out, f)
		}
	}
	return out
}

// Sort puts the worst findings first, and then goes by object and field.
func Sort(findings []Finding) {
	rank := map[Severity]int{Error: 0, Warning: 1, Info: 2}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(rank[a.Severity], rank[b.Severity]),
			cmp.Compare(a.Object, b.Object), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Code, b.Code),
		)
	})
}

// Count counts the findings of a severity.
func Count(findings []Finding, s Severity) int {
	n := 0
	for _, f := range findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// describe is how findings name an object.
func describe(o *unstructured.Unstructured) string {
	if ns := o.GetNamespace(); ns != "" {
		return fmt.Sprintf("%s %s/%s", o.GetKind(), ns, o.GetName())
	}
	return o.GetKind() + " " + o.GetName()
}
