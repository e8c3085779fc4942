// Package workload runs a new version beside the one that serves: a second
// Deployment, <stable>-canary, with its own labels and its own copies of
// changed ConfigMaps and Secrets; and, where one is asked for, stable's version
// anew as <stable>-baseline, to compare with. It answers why Pods do not get ready, has
// capacity stand before weight moves, and gives stable the new version at the
// end. Until then stable is not touched, and it is never renamed or scaled.
//
// What it writes to stable is a JSON Patch with tests of what stood before, so
// somebody else's change is noticed and never overwritten. See promote.go for
// why it is a patch and not an apply.
package workload

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// Labels and annotations of what this package creates.
const (
	// LabelRole is "candidate" on candidate Pods and their Deployment, "baseline"
	// on the baseline's.
	LabelRole = "headgate.dev/role"
	// LabelRelease names the Release (shortened when it is no label value).
	LabelRelease = "headgate.dev/release"
	// AnnotationCandidateOf names the object that an object stands in for.
	AnnotationCandidateOf = "headgate.dev/candidate-of"

	// Suffix ends the name of a candidate's objects, BaselineSuffix that of a
	// baseline's.
	Suffix         = "-canary"
	BaselineSuffix = "-baseline"

	roleCandidate = "candidate"
	roleBaseline  = "baseline"
	fieldManager  = "headgate"
)

// Clients are what the package talks through.
type Clients struct {
	Dynamic dynamic.Interface
	// Logs reads containers' last lines; nil leaves them out of reasons.
	Logs PodLogs
}

// LabelEdit is what the mesh's routing asks of the candidate's Pods.
type LabelEdit struct {
	// Set are the labels that candidate Pods must carry.
	Set map[string]string
	// Remove are keys that they must not carry.
	Remove []string
	// Annotate are annotations that they get, unless stable's Pods have them.
	Annotate map[string]string
}

// Options say what to roll out: Images, Manifests, or Manifests with other images
// in them.
type Options struct {
	// Namespace and Name are the stable Deployment's.
	Namespace, Name string
	// Release names the Release; the Deployment's name when empty.
	Release string
	// Images are the new images by container name; the key "" means the app's
	// container (the only one, else the default one, else the first).
	Images map[string]string
	// Manifests are the new version's objects: the Deployment of the same name
	// and its ConfigMaps and Secrets. Other kinds are named in Plan.Warnings and
	// left alone.
	Manifests []*unstructured.Unstructured
	// Labels is what the routing asks of the candidate's Pods.
	Labels LabelEdit
	// Baseline, unless it is nil, asks for a baseline: stable's version anew, of the
	// candidate's size, whose Pods the routing wants to be labelled so.
	Baseline *LabelEdit
	// Replicas fixes the candidate's size; zero follows weight and stable.
	Replicas int
	// Timeout bounds each wait for Pods; 5 minutes when zero.
	Timeout time.Duration
	// Patience is how long a state that seldom heals by itself (an image that
	// cannot be pulled, a missing Secret, a full quota) may last before waiting
	// ends early; 30 seconds when zero.
	Patience time.Duration
	// Interval lies between two looks at the cluster; 1 second when zero.
	Interval time.Duration
}

// Candidate is the new version of one Deployment over one Rollout. Every
// writing method is idempotent, so a process that died in the middle is
// followed by one that calls the same method again. It is not safe for use by
// several goroutines.
type Candidate struct {
	clients Clients
	state   state
	// contents are the new ConfigMaps and Secrets by copy name. They are never
	// part of the state: after Resume the copies in the cluster hold them.
	contents map[string]*unstructured.Unstructured
	progress func(Status)
	notify   func(text string)
	force    bool
}

// Option says how a Candidate goes on.
type Option func(*Candidate)

// Force has RevertStable put back what stood before the Rollout over whatever
// somebody else has written there since.
func Force() Option { return func(c *Candidate) { c.force = true } }

// Open reads stable and what stands around it and works out the plan. It
// writes nothing (a dry run may ask the API server what it would make of a
// manifest).
func Open(ctx context.Context, clients Clients, opts Options) (*Candidate, error) {
	return open(ctx, clients, opts.withDefaults())
}

// Observe has fn told of the state of each wait; nil ends that.
func (c *Candidate) Observe(fn func(Status)) { c.progress = fn }

// Notify has fn told of what a person should know and that is no error, a
// sentence each; nil ends that.
func (c *Candidate) Notify(fn func(text string)) { c.notify = fn }

// Name is the candidate Deployment's name.
func (c *Candidate) Name() string { return c.state.candidateName() }

// Selector is the label selector of the candidate's Pods.
func (c *Candidate) Selector() string { return selectorString(roleCandidate, c.state.Release) }

// PodLabels are those that the candidate's Pods are made with.
func (c *Candidate) PodLabels() map[string]string {
	l, _, err := unstructured.NestedStringMap(c.state.Candidate, "spec", "template", "metadata", "labels")
	if err != nil {
		return nil // it was built with labels that are strings
	}
	return l
}

// Plan is what will be done; nothing of it has been.
func (c *Candidate) Plan() Plan { return c.state.Plan }

// Differs is false when the candidate is what serves already.
func (c *Candidate) Differs() bool { return c.state.Plan.Differs }

func (o Options) withDefaults() Options {
	if o.Release == "" {
		o.Release = o.Name
	}
	o.Timeout = orDefault(o.Timeout, 5*time.Minute)
	o.Patience = orDefault(o.Patience, 30*time.Second)
	o.Interval = orDefault(o.Interval, time.Second)
	return o
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}
