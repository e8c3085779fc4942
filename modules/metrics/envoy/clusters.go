package envoy

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// Clusters is how far a proxy is with the destinations that it was told of.
type Clusters struct {
	// Added counts those that it has taken since it started.
	Added uint64
	// Warming is how many it knows of and cannot use yet.
	Warming uint64
	// Knows says that those of the versions on trial are among them, by name. Names
	// says that its statistics would show any of the Service's; Istio's do not
	// unless they are told to (NamesAnnotation).
	Knows, Names bool
}

// The cluster manager's statistics, which Istio's proxies serve by default.
const (
	addedStat    = "envoy_cluster_manager_cluster_added"
	warmingStat  = "envoy_cluster_manager_warming_clusters"
	managerStats = `cluster_manager\.(cluster_added|warming_clusters)`
)

// memberStat is one that a proxy has of every destination that it knows, and
// trafficStats are some that it may have only of those it has used.
const (
	memberStat   = "envoy_cluster_membership_total"
	memberSuffix = "membership_total"
	trafficStats = `upstream_rq_active|upstream_rq_total`
)

// NamesAnnotation has a Pod's proxy say by name which destinations it knows.
func NamesAnnotation() (key, value string) {
	return "sidecar.istio.io/statsInclusionSuffixes", memberSuffix
}

// knownFilter is for the full names of what clusters reads, Envoy's and with their
// tags in them.
func knownFilter(subject metrics.Subject) string {
	return `(` + managerStats + `|cluster\.outbound\|.*(` + quoted(subject.AllHosts()) + `).*\.(` + memberSuffix + `|` + trafficStats + `))$`
}

// sought are the destinations that the versions on trial are reached at.
func sought(subject metrics.Subject) (out []metrics.Way) {
	for _, side := range []metrics.Side{subject.Candidate, subject.Baseline} {
		out = append(out, side.Ways()...)
	}
	return out
}

// Clusters asks the proxies that call the subject, by their Pods' names. It is
// how one sees that they know a new destination before a route depends on it.
// Proxies that do not answer or do not say are left out.
func (s *Source) Clusters(ctx context.Context, subject metrics.Subject) (map[string]Clusters, error) {
	proxies, _, err := s.bounded(ctx, subject)
	if err != nil {
		return nil, err
	}
	callers := s.counting(ctx, proxies, subject)
	found := make([]*Clusters, len(callers))
	slots := make(chan struct{}, s.opts.Parallel)
	var wg sync.WaitGroup
	for i, p := range callers {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			found[i] = s.clusters(ctx, p, subject)
		})
	}
	wg.Wait()
	out := map[string]Clusters{}
	for i, c := range found {
		if c != nil {
			out[callers[i].String()] = *c
		}
	}
	return out, ctx.Err()
}

// counting are the proxies that have counted requests to the subject; all of
// them when none has.
func (s *Source) counting(ctx context.Context, proxies []proxy, subject metrics.Subject) []proxy {
	var out []proxy
	for _, one := range s.scrapeAll(ctx, proxies, subject) {
		if len(one.samples) > 0 {
			out = append(out, one.proxy)
		}
	}
	if len(out) == 0 {
		return proxies
	}
	return out
}

// clusters is nil for a proxy that does not answer or does not say.
func (s *Source) clusters(ctx context.Context, p proxy, subject metrics.Subject) *Clusters {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opts.Timeout, fmt.Errorf("no answer within %s", s.opts.Timeout))
	defer cancel()
	body, err := s.pods.Pods(p.namespace).ProxyGet("http", p.name, p.port, "stats/prometheus", map[string]string{"filter": knownFilter(subject)}).Stream(ctx)
	if err != nil {
		return nil
	}
	defer func() { _ = body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(io.LimitReader(body, s.opts.MaxBytes))
	if err != nil || families[addedStat] == nil || families[warmingStat] == nil {
		return nil
	}
	c := &Clusters{}
	for _, m := range families[addedStat].GetMetric() {
		c.Added += uint64(max(0, m.GetCounter().GetValue()))
	}
	for _, m := range families[warmingStat].GetMetric() {
		c.Warming += uint64(max(0, m.GetGauge().GetValue()))
	}
	known, named := namedIn(families)
	c.Names = named
	c.Knows = !slices.ContainsFunc(sought(subject), func(w metrics.Way) bool { return !known[w] })
	return c
}

// namedIn are the destinations that some statistics are of; all those of its hosts
// where the proxy names them.
func namedIn(families map[string]*dto.MetricFamily) (known map[metrics.Way]bool, named bool) {
	known = map[metrics.Way]bool{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if c := strings.SplitN(l.GetValue(), "|", 4); l.GetName() == "cluster_name" && len(c) == 4 && c[0] == "outbound" {
					known[metrics.Way{Host: c[3], Subset: c[2]}] = true
					named = named || name == memberStat
				}
			}
		}
	}
	return known, named
}
