package envoy

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// activeMetric is Envoy's gauge of requests that an upstream cluster has begun
// and not ended. Istio's proxies serve it where their statistics matcher lets
// it through; StatsAnnotation asks for it.
const (
	activeMetric = "envoy_cluster_upstream_rq_active"
	activeFilter = `upstream_rq_active$`
)

// StatsAnnotation has a Pod's sidecar serve what Active and Inbound read.
func StatsAnnotation() (key, value string) {
	return "sidecar.istio.io/statsInclusionSuffixes", "upstream_rq_active,downstream_rq_total"
}

// Active is how many requests a version is answering at this moment, by its own
// sidecars or by its callers' proxies, whoever see more. known is false when
// neither say: that is no zero.
func (s *Source) Active(ctx context.Context, subject metrics.Subject, side metrics.Side) (n uint64, known bool, err error) {
	all, err := s.list(ctx, Selector{Namespace: subject.Namespace})
	if err != nil {
		return 0, false, err
	}
	var own []proxy
	for _, p := range all {
		if p.workload == side.Workload {
			own = append(own, p)
		}
	}
	inbound, first := s.sum(ctx, own, func(cluster []string) bool { return cluster[0] == "inbound" })
	callers, _, err := s.bounded(ctx, subject)
	if err != nil {
		return inbound, first, nil //nolint:nilerr // the sidecars may have told
	}
	outbound, second := s.sum(ctx, s.counting(ctx, callers, subject), func(cluster []string) bool {
		return cluster[0] == "outbound" && side.Reached(cluster[2], cluster[3])
	})
	return max(inbound, outbound), first || second, ctx.Err()
}

// sum adds up a gauge over proxies; false unless every one of them serves it.
func (s *Source) sum(ctx context.Context, proxies []proxy, of func(cluster []string) bool) (uint64, bool) {
	type answer struct {
		n  uint64
		ok bool
	}
	answers := make([]answer, len(proxies))
	slots := make(chan struct{}, s.opts.Parallel)
	var wg sync.WaitGroup
	for i, p := range proxies {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			answers[i].n, answers[i].ok = s.active(ctx, p, of)
		})
	}
	wg.Wait()
	var n uint64
	ok := len(proxies) > 0
	for _, a := range answers {
		n, ok = n+a.n, ok && a.ok
	}
	return n, ok
}

// active is one proxy's gauge; false when it does not answer or does not say.
func (s *Source) active(ctx context.Context, p proxy, of func(cluster []string) bool) (uint64, bool) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opts.Timeout, fmt.Errorf("no answer within %s", s.opts.Timeout))
	defer cancel()
	body, err := s.pods.Pods(p.namespace).ProxyGet("http", p.name, p.port, "stats/prometheus", map[string]string{"filter": activeFilter}).Stream(ctx)
	if err != nil {
		return 0, false
	}
	defer func() { _ = body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(io.LimitReader(body, s.opts.MaxBytes))
	if err != nil || families[activeMetric] == nil {
		return 0, false
	}
	return countActive(families[activeMetric], of)
}

// countActive adds up the clusters that are meant.
func countActive(family *dto.MetricFamily, of func(cluster []string) bool) (n uint64, ok bool) {
	for _, m := range family.GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() != "cluster_name" {
				continue
			}
			if c := strings.SplitN(l.GetValue(), "|", 4); len(c) == 4 && of(c) {
				n, ok = n+uint64(max(0, m.GetGauge().GetValue())), true
			}
		}
	}
	return n, ok
}
