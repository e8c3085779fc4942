// Package istio splits traffic by Istio's VirtualServices. It finds the routes
// that send to stable, adds the candidate to them, and a baseline where one is
// asked for, moves their weights, and puts them back byte for byte.
//
// A version is told apart by a subset of the user's DestinationRule where
// the routes use subsets, and by a Service of its own where they do not.
//
// Objects are read and patched without their types, at single weights, by JSON
// Patch with tests: fields that Headgate has never heard of survive, and so do
// changes that others make meanwhile. A change by others to what Headgate has
// written is a traffic.ConflictError and is never overwritten.
package istio

import (
	"context"

	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Split is a hold on the routes to one Service. It is not safe for use by
// several goroutines.
type Split struct {
	*cluster
	state *state
	force bool
}

var _ traffic.Split = (*Split)(nil)

// Option changes how a Split works.
type Option func(*options)

type options struct {
	domain string
	force  bool
}

// Force has Restore and Cleanup take out what Headgate wrote even where others
// have changed it since: their change of those weights is lost.
func Force() Option { return func(o *options) { o.force = true } }

// Domain is the cluster's DNS domain; DefaultDomain when empty.
func Domain(domain string) Option {
	return func(o *options) {
		if domain != "" {
			o.domain = domain
		}
	}
}

func optionsOf(opts []Option) options {
	o := options{domain: DefaultDomain}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// Find looks up the routes to the Target and works out how the candidate can
// be told apart. It writes nothing; each of its errors names the object and
// what to do about it.
func Find(ctx context.Context, client dynamic.Interface, t traffic.Target, opts ...Option) (*Split, error) {
	o := optionsOf(opts)
	if t.Subset == "" {
		t.Subset = traffic.DefaultSubset
	}
	f := &finder{
		cluster: &cluster{client: client},
		target:  t,
		names:   names{Namespace: t.Namespace, Service: t.Service, Domain: o.domain, Extra: t.Hosts},
	}
	st, err := f.find(ctx)
	if err != nil {
		return nil, err
	}
	return &Split{cluster: f.cluster, state: st, force: o.force}, nil
}

// Resume takes up a Split from another process's State. That process may have
// died between a write and its noting: the State names what it intended.
func Resume(_ context.Context, client dynamic.Interface, data []byte, opts ...Option) (*Split, error) {
	st, err := decodeState(data)
	if err != nil {
		return nil, err
	}
	return &Split{cluster: &cluster{client: client, version: st.API}, state: st, force: optionsOf(opts).force}, nil
}

// CandidateLabels are what candidate Pods must carry beside stable's labels.
func (s *Split) CandidateLabels() traffic.Labels { return s.state.Labels }

// BaselineLabels are the same for baseline Pods.
func (s *Split) BaselineLabels() traffic.Labels {
	if s.state.Baseline == nil {
		return traffic.Labels{}
	}
	return s.state.Baseline.Labels
}

// Mirrored says that a mirror copies other services' requests to the candidate.
func (s *Split) Mirrored() bool { return s.state.Mirrored }

// Warnings are what a person should know before the Rollout begins.
func (s *Split) Warnings() []string { return s.state.Warnings }
