package envoy

import (
	"context"
	"fmt"
	"io"
	"sync"

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
}

// The cluster manager's statistics, which Istio's proxies serve by default.
const (
	addedStat    = "envoy_cluster_manager_cluster_added"
	warmingStat  = "envoy_cluster_manager_warming_clusters"
	managerStats = `cluster_manager\.(cluster_added|warming_clusters)$`
)

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
			found[i] = s.clusters(ctx, p)
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
func (s *Source) clusters(ctx context.Context, p proxy) *Clusters {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opts.Timeout, fmt.Errorf("no answer within %s", s.opts.Timeout))
	defer cancel()
	body, err := s.pods.Pods(p.namespace).ProxyGet("http", p.name, p.port, "stats/prometheus", map[string]string{"filter": managerStats}).Stream(ctx)
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
	return c
}
