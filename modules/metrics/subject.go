package metrics

import (
	"errors"
	"fmt"
	"slices"
)

// Subject says whose requests are counted.
type Subject struct {
	// Namespace is where the Service and both Deployments are.
	Namespace string
	// Service is the stable Service's name.
	Service string
	// Hosts are the fully qualified hosts that requests are sent to, such as
	// sample.demo.svc.cluster.local: stable's and, where the candidate is
	// reached through a Service of its own, the candidate's.
	Hosts []string
	// Stable and Candidate say how the two are told apart. Baseline is empty where
	// there is none.
	Stable, Candidate, Baseline Side
	// Aside are ways by which requests reach them past the routes that a Rollout
	// moves, where the source tells them apart: those count for neither version.
	Aside []Way
	// Routed says that the candidate may have had traffic before the counting
	// begins, as when a Rollout is taken up again.
	Routed bool
	// Connections says that the routes carry connections and no requests: each
	// counts as a request then, and one that could not be made as a failure.
	Connections bool
	// Alone says that stable is all there is: requests that reached no version
	// are its.
	Alone bool
}

// Way is how requests reach a version.
type Way struct {
	// Host is fully qualified.
	Host string
	// Subset is empty where the route names none.
	Subset string
}

// Side is one of the versions, by all the names that a series may give it.
type Side struct {
	// Workload is the Deployment's name; always set.
	Workload string
	// Subsets are the DestinationRule's subsets by which the routes send to it; none
	// where they name none.
	Subsets []string
	// Host is the fully qualified host of the Service it is reached through.
	Host string
	// Version is the Pods' version label; empty where they have none.
	Version string
}

// Ways are those that the version is reached by; none for a side that is not there.
func (s Side) Ways() (out []Way) {
	for _, subset := range s.Subsets {
		out = append(out, Way{Host: s.Host, Subset: subset})
	}
	if len(out) == 0 && s.Workload != "" {
		out = append(out, Way{Host: s.Host})
	}
	return out
}

// Reached says that a destination is the version's.
func (s Side) Reached(subset, host string) bool {
	return slices.Contains(s.Ways(), Way{Host: host, Subset: subset})
}

// Validate says what keeps the subject from being counted.
func (s Subject) Validate() error {
	var errs []error
	for name, value := range map[string]string{
		"namespace": s.Namespace, "service": s.Service,
		"stable workload": s.Stable.Workload, "candidate workload": s.Candidate.Workload,
	} {
		if value == "" {
			errs = append(errs, fmt.Errorf("metrics: the %s is not set", name))
		}
	}
	if s.Stable.Workload != "" && s.Stable.Workload == s.Candidate.Workload {
		errs = append(errs, fmt.Errorf("metrics: stable and candidate are the same workload %s/%s: their requests cannot be told apart", s.Namespace, s.Stable.Workload))
	}
	if b := s.Baseline.Workload; b != "" && (b == s.Stable.Workload || b == s.Candidate.Workload) {
		errs = append(errs, fmt.Errorf("metrics: the baseline is the same workload %s/%s as another version: their requests cannot be told apart", s.Namespace, b))
	}
	if len(s.AllHosts()) == 0 {
		errs = append(errs, fmt.Errorf("metrics: no host of service %s/%s is known", s.Namespace, s.Service))
	}
	return errors.Join(errs...)
}

// AllHosts are the hosts whose series are read, sorted, each once.
func (s Subject) AllHosts() []string {
	hosts := append([]string{s.Stable.Host, s.Candidate.Host, s.Baseline.Host}, s.Hosts...)
	hosts = slices.DeleteFunc(hosts, func(h string) bool { return h == "" })
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
