package envoy

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/series"
)

// scrape is what one proxy answered.
type scrape struct {
	proxy   proxy
	samples []series.Sample
	err     error
}

// scrapeAll asks proxies a few at a time; the answers are in their order.
func (s *Source) scrapeAll(ctx context.Context, proxies []proxy, subject metrics.Subject) []scrape {
	out := make([]scrape, len(proxies))
	slots := make(chan struct{}, s.opts.Parallel)
	filter := s.filter(subject)
	var wg sync.WaitGroup
	for i, p := range proxies {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			samples, err := s.scrape(ctx, p, filter)
			out[i] = scrape{proxy: p, samples: samples, err: err}
		})
	}
	wg.Wait()
	return out
}

func (s *Source) scrape(ctx context.Context, p proxy, filter string) ([]series.Sample, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opts.Timeout, fmt.Errorf("no answer within %s", s.opts.Timeout))
	defer cancel()
	at := time.Now()
	body, err := s.pods.Pods(p.namespace).ProxyGet("http", p.name, p.port, "stats/prometheus", map[string]string{"usedonly": "", "filter": filter}).Stream(ctx)
	if err != nil {
		return nil, because(ctx, p, err)
	}
	defer func() { _ = body.Close() }()
	limited := &io.LimitedReader{R: body, N: s.opts.MaxBytes + 1}
	samples, err := s.dialect(p, at).parse(limited)
	if limited.N <= 0 {
		return nil, fmt.Errorf("envoy: proxy %s: the answer is larger than %d bytes", p, s.opts.MaxBytes)
	}
	if err != nil {
		return nil, because(ctx, p, err)
	}
	return samples, nil
}

func because(ctx context.Context, p proxy, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("envoy: proxy %s: %w", p, err)
}

// filter is the regular expression that Envoy applies to the full names of its
// statistics, which hold the tags: only ours are sent.
func (s *Source) filter(subject metrics.Subject) string {
	expr := `istio.*(requests_total|request_duration_milliseconds)`
	if subject.Connections {
		expr = `istio.*tcp_connections_(opened|closed)_total`
	}
	if s.opts.Side == DestinationSide {
		return expr
	}
	return expr + `.*(` + quoted(subject.AllHosts()) + `)`
}

// quoted are hosts as alternatives of a regular expression.
func quoted(hosts []string) string {
	out := make([]string, len(hosts))
	for i, host := range hosts {
		out[i] = regexp.QuoteMeta(host)
	}
	return strings.Join(out, "|")
}

func (s *Source) dialect(p proxy, at time.Time) dialect {
	return dialect{side: s.opts.Side, proxy: p, at: at}
}
