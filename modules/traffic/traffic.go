// Package traffic is what a Rollout needs of a service mesh: a hold on the
// routes that send to stable, so that the candidate takes a share of them and
// the user's objects come back byte for byte. One folder a mesh implements it.
package traffic

import (
	"context"
	"fmt"
	"strings"
)

// FieldManager is the name under which Headgate writes to objects.
const FieldManager = "headgate"

// Labels of candidate Pods and of the objects made for them.
const (
	LabelRole     = "headgate.dev/role"
	RoleCandidate = "candidate"
	RoleBaseline  = "baseline"
)

// DefaultSubset is the candidate's subset when a Target names none.
const DefaultSubset = "canary"

// BaselineSubset is the baseline's.
const BaselineSubset = "baseline"

// Target says whose traffic is to be split.
type Target struct {
	// Namespace and Service name the Kubernetes Service that stable stands
	// behind.
	Namespace string `json:"namespace"`
	Service   string `json:"service"`
	// Hosts are further names by which routes reach that Service, such as
	// "sample.demo.svc.corp.example" where the cluster's domain is not
	// cluster.local.
	Hosts []string `json:"hosts,omitempty"`
	// StableLabels are the labels of stable's Pods. They tell which subset is
	// stable's.
	StableLabels map[string]string `json:"stableLabels,omitempty"`
	// Routes restricts the search; empty means every route to the Service.
	Routes []RouteRef `json:"routes,omitempty"`
	// Subset is the candidate's; DefaultSubset when empty.
	Subset string `json:"subset,omitempty"`
	// Baseline asks for a destination of the baseline's beside the candidate's.
	Baseline bool `json:"baseline,omitempty"`
}

// RouteRef names a route object, and some or all of the routes in it.
type RouteRef struct {
	// Namespace is the Target's when empty.
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// HTTP are names of HTTP routes; empty means all routes.
	HTTP []string `json:"http,omitempty"`
}

// ObjectRef is an object that a Split works on, for plan and preflight.
type ObjectRef struct {
	// Group and Resource are as RBAC writes them, such as
	// "networking.istio.io" and "virtualservices".
	Group     string `json:"group"`
	Resource  string `json:"resource"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Verbs are the permissions needed, such as "get" and "patch".
	Verbs []string `json:"verbs,omitempty"`
	// Change says what will be done, such as "weights of http[0], http[2]".
	Change string `json:"change,omitempty"`
}

// String is how messages name the object, such as "VirtualService demo/sample".
func (o ObjectRef) String() string { return fmt.Sprintf("%s %s/%s", o.Kind, o.Namespace, o.Name) }

// Labels is what a routing asks of candidate Pods. It is applied to the labels
// that stable's Pods have: first Remove, then Set.
type Labels struct {
	Set    map[string]string `json:"set,omitempty"`
	Remove []string          `json:"remove,omitempty"`
}

// Change is somebody else's change to an object that a Split works on, at a
// place that is not Headgate's. It is left as it is.
type Change struct {
	Object ObjectRef `json:"object"`
	// Path is such as "spec.http[1]" or "spec.hosts".
	Path string `json:"path"`
	// What says how it changed, such as "changed", "added" or "removed".
	What string `json:"what"`
}

// String is the change in one line.
func (c Change) String() string { return fmt.Sprintf("%s: %s was %s", c.Object, c.Path, c.What) }

// Split is one Rollout's hold on the routes to a service. Every method that
// writes is idempotent: after an error, or in another process, call it again.
type Split interface {
	// Objects are all objects that will be edited or created, in that order.
	Objects() []ObjectRef
	// CandidateLabels are the labels without which this routing would not find
	// candidate Pods, or would take them for stable's.
	CandidateLabels() Labels
	// BaselineLabels are the same for the baseline's Pods, where there is one.
	BaselineLabels() Labels
	// Ways are how requests reach each version.
	Ways() Ways
	// Mirrored says that a mirror of the user's copies requests to the candidate.
	Mirrored() bool
	// Carries is what the edited routes carry.
	Carries() Carries
	// Warnings are what a person should know before the Rollout begins.
	Warnings() []string
	// Prepare adds the candidate, and the baseline where there is one, as
	// destinations of weight 0: what the routes will point at first, then the
	// routes.
	Prepare(ctx context.Context) error
	// Creates is how many destinations Prepare makes that no proxy can know before.
	Creates() int
	// Intend notes, before SetWeight or Prepare (0), the weights to come: State
	// then holds them beside the ones that may stand now, and nothing else is taken
	// for Headgate's by who goes on from that State.
	Intend(w Weights)
	// SetWeight gives candidate and baseline these percentages of what stable
	// gets in each route. A *PartialError says which objects have moved when
	// not all could be.
	SetWeight(ctx context.Context, w Weights) error
	// Weight is the percentages that the objects say now; 0 before Prepare and
	// after Restore. A *DisagreeError says that routes differ.
	Weight(ctx context.Context) (Weights, error)
	// Drift lists what others changed since the routes were found, at places
	// that are not Headgate's.
	Drift(ctx context.Context) ([]Change, error)
	// Restore puts the routes back as the user wrote them. Changes by others at
	// other places survive; changes by others at Headgate's places are a
	// *ConflictError.
	Restore(ctx context.Context) error
	// Cleanup takes away what Prepare added beside the routes. Call it when no
	// traffic flows to the candidate any more.
	Cleanup(ctx context.Context) error
	// State is JSON from which another process can rebuild the Split.
	State() ([]byte, error)
}

// Describe is a list of objects for a message.
func Describe(objects []ObjectRef) string {
	names := make([]string, len(objects))
	for i, o := range objects {
		names[i] = o.String()
	}
	return strings.Join(names, ", ")
}
