package envoy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/series"
)

// Source reads Evidence from proxies.
type Source struct {
	opts    Options
	pods    corev1client.PodsGetter
	failure series.Failure
}

var _ metrics.Source = (*Source)(nil)

// New checks the options and asks nothing yet.
func New(opts Options) (*Source, error) {
	if err := opts.setDefaults(); err != nil {
		return nil, err
	}
	failure, err := series.NewFailure(opts.Codes, opts.GRPCCodes)
	if err != nil {
		return nil, err
	}
	config := rest.CopyConfig(opts.Cluster)
	config.QPS = -1 // bounded by Parallel instead
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("envoy: API server: %w", err)
	}
	return &Source{opts: opts, pods: core, failure: failure}, nil
}

// Name is "envoy".
func (s *Source) Name() string { return "envoy" }

// Check reads every proxy once and looks for stable's requests.
func (s *Source) Check(ctx context.Context, subject metrics.Subject) error {
	if err := subject.Validate(); err != nil {
		return err
	}
	proxies, _, err := s.bounded(ctx, subject)
	if err != nil {
		return err
	}
	scrapes, err := s.ask(ctx, proxies, subject)
	if err != nil {
		return err
	}
	return s.judge(subject, scrapes)
}

var _ metrics.SubsetTeller = (*Source)(nil)

// TellsSubsets reads every proxy once.
func (s *Source) TellsSubsets(ctx context.Context, subject metrics.Subject) (bool, error) {
	proxies, _, err := s.bounded(ctx, subject)
	if err != nil {
		return false, err
	}
	scrapes, err := s.ask(ctx, proxies, subject)
	if err != nil {
		return false, err
	}
	sorter := s.sorter(subject)
	for _, one := range scrapes {
		if slices.ContainsFunc(one.samples, func(sample series.Sample) bool { return sorter.TellsSubset(sample.Request) }) {
			return true, nil
		}
	}
	return false, nil
}

// judge looks for stable among what the proxies counted.
func (s *Source) judge(subject metrics.Subject, scrapes []scrape) error {
	sorter := s.sorter(subject)
	others := map[string]bool{}
	for _, one := range scrapes {
		for _, sample := range one.samples {
			switch sorter.Owner(sample.Request) {
			case series.Stable:
				return nil
			case series.Unnamed, series.Candidate, series.Baseline:
				others[sample.Namespace+"/"+sample.Workload] = true
			}
		}
	}
	none := &metrics.NoSeriesError{Source: s.Name(), Next: "send the service some traffic through the mesh"}
	if len(others) == 0 {
		none.Missing = fmt.Sprintf("%d proxies answer, and none has counted a %s to %s", len(scrapes), counts(subject), strings.Join(subject.AllHosts(), " or "))
		return none
	}
	none.Missing = fmt.Sprintf("no request to %s names workload %s/%s or its subset", subject.Service, subject.Namespace, subject.Stable.Workload)
	none.Next = "check the target's name; the workloads named are: " + strings.Join(slices.Sorted(maps.Keys(others)), ", ")
	return none
}

// counts is what is counted, in words.
func counts(subject metrics.Subject) string {
	if subject.Connections {
		return "connection"
	}
	return "request"
}

// Open reads every proxy once: what they have counted so far is the baseline.
func (s *Source) Open(ctx context.Context, subject metrics.Subject, queries map[string]string) (metrics.Reader, error) {
	if err := subject.Validate(); err != nil {
		return nil, err
	}
	if len(queries) > 0 {
		return nil, fmt.Errorf("envoy: %w: set metrics.prometheus.url or metrics.prometheus.service, or take the gate with a query out", metrics.ErrQueries)
	}
	proxies, notes, err := s.bounded(ctx, subject)
	if err != nil {
		return nil, err
	}
	r := newReader(s, subject, time.Now())
	r.join(proxies, true)
	scrapes, err := s.ask(ctx, proxies, subject)
	if err != nil {
		return nil, err
	}
	r.notes = slices.Concat(notes, r.take(scrapes))
	return r, nil
}

// bounded lists the proxies, at least one and not too many.
func (s *Source) bounded(ctx context.Context, subject metrics.Subject) ([]proxy, []string, error) {
	proxies, notes, err := s.proxies(ctx, subject)
	switch {
	case err != nil:
		return nil, nil, err
	case len(proxies) == 0:
		return nil, nil, errors.New("envoy: no running Pod with a proxy (a port named *-envoy-prom) was found: is the namespace injected (istio-injection=enabled)?")
	case len(proxies) > s.opts.MaxProxies:
		return nil, nil, fmt.Errorf("envoy: %d proxies may call the service, more than the %d that are read: use Prometheus (metrics.source: prometheus)", len(proxies), s.opts.MaxProxies)
	}
	return proxies, notes, nil
}

func (s *Source) sorter(subject metrics.Subject) series.Sorter {
	return series.NewSorter(subject, s.opts.Side == DestinationSide)
}

// tries is how often all proxies are asked before none is said to answer, and
// between the pause: an API server that stumbles once is no reason to give up.
const (
	tries   = 3
	between = 200 * time.Millisecond
)

// ask scrapes all proxies, at least one of which must answer.
func (s *Source) ask(ctx context.Context, proxies []proxy, subject metrics.Subject) ([]scrape, error) {
	for left := tries - 1; ; left-- {
		scrapes := s.scrapeAll(ctx, proxies, subject)
		err := allFailed(scrapes)
		if err == nil || left == 0 || apierrors.IsForbidden(err) {
			return scrapes, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(between):
		}
	}
}

// allFailed is an error when no proxy answered.
func allFailed(scrapes []scrape) error {
	for _, one := range scrapes {
		if one.err == nil {
			return nil
		}
	}
	if len(scrapes) == 0 {
		return nil
	}
	err := scrapes[0].err
	if apierrors.IsForbidden(err) {
		return fmt.Errorf("%w: allow headgate to get pods/proxy, or use Prometheus (metrics.source: prometheus)", err)
	}
	if len(scrapes) == 1 {
		return err
	}
	return fmt.Errorf("none of %d proxies answers; the first: %w", len(scrapes), err)
}
