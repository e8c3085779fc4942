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
	Baseline
)

// Sorter tells the versions' requests apart.
type Sorter struct {
	namespace string
	sides     map[Owner]metrics.Side
	hosts     []string
	aside     []metrics.Way
	anyHost   bool
	routed    bool
	alone     bool
}

// NewSorter sorts by the names that subject gives. With anyHost it believes
// series without a host too, as a server's own proxy has them.
func NewSorter(subject metrics.Subject, anyHost bool) Sorter {
	s := Sorter{namespace: subject.Namespace, hosts: subject.AllHosts(), aside: subject.Aside, anyHost: anyHost, routed: subject.Routed, alone: subject.Alone}
	s.sides = map[Owner]metrics.Side{Stable: subject.Stable, Candidate: subject.Candidate}
	if subject.Baseline.Workload != "" {
		s.sides[Baseline] = subject.Baseline
	}
	return s
}

// Owner decides by the first of these that names exactly one side: the
// workload that answered; the subset that the route chose; the host, where a
// version has a Service of its own; the version label. So a request that
// never reached a Pod counts for the side that it was meant for, if the series
// tell; standard Istio labels do so only for hosts, the label with the subset
// does for all.
func (s Sorter) Owner(r Request) Owner {
	if !s.ours(r) {
		return Foreign
	}
	if known(r.Workload) && (r.Namespace == "" || r.Namespace == s.namespace) {
		if o := s.one(r.Workload, func(side metrics.Side) string { return side.Workload }); o != Unnamed {
			return o
		}
	}
	if o := s.chosen(r.Subset); o != Unnamed {
		return o
	}
	if o := s.one(r.Host, func(side metrics.Side) string { return side.Host }); o != Unnamed {
		return o
	}
	if o := s.one(r.Version, func(side metrics.Side) string { return side.Version }); o != Unnamed {
		return o
	}
	if s.alone && !known(r.Workload) {
		return Stable
	}
	return Unnamed
}

// beside says that there is a baseline.
func (s Sorter) beside() bool { return s.sides[Baseline].Workload != "" }

func (s Sorter) ours(r Request) bool {
	if !known(r.Host) {
		return s.anyHost
	}
	return slices.Contains(s.hosts, r.Host) && !slices.Contains(s.aside, metrics.Way{Host: r.Host, Subset: r.Subset})
}

// TellsSubset says that a request is one of ours and names the subset that the
// route chose.
func (s Sorter) TellsSubset(r Request) bool { return s.ours(r) && known(r.Subset) }

// one is the side whose name is value, Unnamed when several or none have it.
func (s Sorter) one(value string, name func(metrics.Side) string) Owner {
	return s.found(value, func(side metrics.Side) bool { return name(side) == value })
}

// chosen is the side that a subset is of.
func (s Sorter) chosen(subset string) Owner {
	return s.found(subset, func(side metrics.Side) bool { return slices.Contains(side.Subsets, subset) })
}

func (s Sorter) found(value string, has func(metrics.Side) bool) Owner {
	if !known(value) {
		return Unnamed
	}
	found := Unnamed
	for owner, side := range s.sides {
		switch {
		case !has(side):
		case found != Unnamed:
			return Unnamed
		default:
			found = owner
		}
	}
	return found
}
