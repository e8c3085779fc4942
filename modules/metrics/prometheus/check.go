package prometheus

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/series"
)

// Check asks which series there are for the subject's hosts, whoever reports
// them, so that it can say what to change when none is stable's.
func (s *Source) Check(ctx context.Context, subject metrics.Subject) error {
	if err := subject.Validate(); err != nil {
		return err
	}
	value, _, err := s.ask(ctx, s.opts.census(subject), time.Time{})
	if err != nil {
		return err
	}
	vector, ok := value.(model.Vector)
	if !ok {
		return s.failed(s.opts.census(subject), errNotPrometheus)
	}
	if len(vector) == 0 {
		return s.nothing(ctx, subject)
	}
	return s.judge(subject, vector)
}

var _ metrics.SubsetTeller = (*Source)(nil)

// TellsSubsets asks which series there are, of those that are read.
func (s *Source) TellsSubsets(ctx context.Context, subject metrics.Subject) (bool, error) {
	value, _, err := s.ask(ctx, s.opts.census(subject), time.Time{})
	if err != nil {
		return false, err
	}
	vector, _ := value.(model.Vector)
	sorter := s.sorter(subject)
	return slices.ContainsFunc(vector, func(element *model.Sample) bool {
		reporter := string(element.Metric[model.LabelName(s.opts.Labels.Reporter)])
		return reporter == s.opts.Reporter && sorter.TellsSubset(s.opts.request(element.Metric))
	}), nil
}

// nothing tells a mesh that is not scraped from a service that is not called.
func (s *Source) nothing(ctx context.Context, subject metrics.Subject) error {
	all := "{__name__=~" + strconv.Quote(regexp.QuoteMeta(s.opts.counter(subject))) + "}"
	some, err := s.has(ctx, all)
	if err != nil {
		return err
	}
	if !some {
		return s.noSeries("it has no series "+s.opts.counter(subject)+" at all",
			"let it scrape the mesh's proxies (port 15090, /stats/prometheus), or set metrics.prometheus.names")
	}
	if len(s.opts.Match) > 0 {
		if some, err = s.has(ctx, s.opts.matching(all)); err != nil {
			return err
		}
		if !some {
			return s.noSeries(fmt.Sprintf("no series %s has all of the labels of metrics.prometheus.match: %s", s.opts.Names.Requests, s.opts.matching("{}")),
				"correct metrics.prometheus.match, or leave it out")
		}
	}
	hosts := strings.Join(subject.AllHosts(), " or ")
	return s.noSeries(fmt.Sprintf("no series %s has the label %s = %s", s.opts.counter(subject), s.opts.Labels.Host, hosts),
		"send the service some traffic through the mesh, or set metrics.prometheus.labels to what your series use")
}

// has says whether a selector selects anything.
func (s *Source) has(ctx context.Context, selector string) (bool, error) {
	value, _, err := s.ask(ctx, "count("+selector+")", time.Time{})
	vector, _ := value.(model.Vector)
	return len(vector) > 0, err
}

// judge looks for stable among the series that there are.
func (s *Source) judge(subject metrics.Subject, vector model.Vector) error {
	sorter := s.sorter(subject)
	reporters, workloads := map[string]bool{}, map[string]bool{}
	for _, element := range vector {
		r := s.opts.request(element.Metric)
		reporter := string(element.Metric[model.LabelName(s.opts.Labels.Reporter)])
		if sorter.Owner(r) == series.Stable {
			reporters[reporter] = true
		} else {
			workloads[r.Namespace+"/"+r.Workload] = true
		}
	}
	switch {
	case reporters[s.opts.Reporter]:
		return nil
	case len(reporters) > 0:
		return s.noSeries(fmt.Sprintf("stable's series are not reported by %q", s.opts.Reporter),
			"set metrics.prometheus.reporter to one of: "+list(reporters))
	}
	return s.noSeries(fmt.Sprintf("no series of %s names workload %s/%s or its subset", subject.Service, subject.Namespace, subject.Stable.Workload),
		"set metrics.prometheus.labels; the workloads named are: "+list(workloads))
}

func (s *Source) noSeries(missing, next string) error {
	return &metrics.NoSeriesError{Source: s.Name(), Missing: missing, Next: next}
}

func list(set map[string]bool) string {
	return clip(strings.Join(slices.Sorted(maps.Keys(set)), ", "), 300)
}
