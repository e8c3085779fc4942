package series

import (
	"slices"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// Owner is the version that a request counts for.
type Owner int

// The owners. Foreign requests went to another host and are none of ours;
// Unnamed ones went to ours, and nothing says to which version.
const (
	Foreign Owner = iota
	Unnamed
	Stable
	Candidate
)

// Sorter tells stable's requests from the candidate's.
type Sorter struct {
	subject metrics.Subject
	hosts   []string
	anyHost bool
}

// NewSorter sorts by the names that subject gives. With anyHost it believes
// series without a host too, as a server's own proxy has them.
func NewSorter(subject metrics.Subject, anyHost bool) Sorter {
	return Sorter{subject: subject, hosts: subject.AllHosts(), anyHost: anyHost}
}

// Owner decides by the first of these that names exactly one side: the
// workload that answered; the subset that the route chose; the host, where the
// candidate has a Service of its own; the version label. So a request that
// never reached a Pod counts for the side that it was meant for, if the series
// tell; standard Istio labels do so only for hosts, the label with the subset
// does for all.
func (s Sorter) Owner(r Request) Owner {
	if !s.ours(r) {
		return Foreign
	}
	if known(r.Workload) && (r.Namespace == "" || r.Namespace == s.subject.Namespace) {
		if o := s.either(r.Workload, func(side metrics.Side) string { return side.Workload }); o != Unnamed {
			return o
		}
	}
	if o := s.either(r.Subset, func(side metrics.Side) string { return side.Subset }); o != Unnamed {
		return o
	}
	if o := s.either(r.Host, func(side metrics.Side) string { return side.Host }); o != Unnamed {
		return o
	}
	return s.either(r.Version, func(side metrics.Side) string { return side.Version })
}

func (s Sorter) ours(r Request) bool {
	if !known(r.Host) {
		return s.anyHost
	}
	return slices.Contains(s.hosts, r.Host)
}

// either is the side whose name is value, Unnamed when both or none have it.
func (s Sorter) either(value string, name func(metrics.Side) string) Owner {
	stable, candidate := name(s.subject.Stable), name(s.subject.Candidate)
	switch {
	case !known(value) || stable == candidate:
		return Unnamed
	case value == stable:
		return Stable
	case value == candidate:
		return Candidate
	}
	return Unnamed
}
