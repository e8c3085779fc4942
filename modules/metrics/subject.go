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
	// Routed says that the candidate may have had traffic before the counting
	// begins, as when a Rollout is taken up again.
	Routed bool
	// Alone says that stable is all there is: requests that reached no version
	// are its.
	Alone bool
}

// Side is one of the versions, by all the names that a series may give it.
type Side struct {
	// Workload is the Deployment's name; always set.
	Workload string
	// Subset is the DestinationRule's subset; empty where the route has none.
	Subset string
	// Host is the fully qualified host of the Service it is reached through.
	Host string
	// Version is the Pods' version label; empty where they have none.
	Version string
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
