package prometheus

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// census is one element of the answer to "which series are there".
func census(reporter, workload string) model.Metric {
	m := requests(workload, "")
	m["reporter"] = model.LabelValue(reporter)
	return m
}

func TestCheckSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		series []model.Metric
		change func(*Options)
		says   []string // nil: the check passes
	}{
		"good":           {"stable has series", []model.Metric{census("source", "sample")}, nil, nil},
		"wrong reporter": {"only the servers' proxies report", []model.Metric{census("destination", "sample")}, nil, []string{`not reported by "source"`, "metrics.prometheus.reporter", "destination"}},
		"reporter set":   {"and the user said so", []model.Metric{census("destination", "sample")}, func(o *Options) { o.Reporter = "destination" }, nil},
		"wrong names":    {"another workload answers", []model.Metric{census("source", "web")}, nil, []string{"demo/sample", "demo/web", "metrics.prometheus.labels"}},
		"only candidate": {"the candidate's series are not stable's", []model.Metric{census("source", "sample-canary")}, nil, []string{"demo/sample"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			for _, m := range test.series {
				f.set(m, map[int]float64{0: 1})
			}
			err := f.serve(t, test.change).Check(t.Context(), subject())
			if test.says == nil {
				if err != nil {
					t.Errorf("%s: %v", test.reason, err)
				}
				return
			}
			var none *metrics.NoSeriesError
			if !errors.As(err, &none) {
				t.Fatalf("%s: want a NoSeriesError, got %v", test.reason, err)
			}
			for _, words := range test.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%s: %q is not in: %v", test.reason, words, err)
				}
			}
		})
	}
}

func TestCheckTellsAnIdleServiceFromAMeshThatIsNotScraped(t *testing.T) {
	t.Parallel()
	const none = `{"resultType":"vector","result":[]}`
	const some = `{"resultType":"vector","result":[{"metric":{},"value":[1000,"7"]}]}`
	for name, test := range map[string]struct{ reason, all, says string }{
		"not scraped": {"no service has series", none, "port 15090"},
		"idle":        {"others have", some, "send the service some traffic"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.answers[`count({__name__=~"istio_requests_total"})`] = test.all
			err := f.serve(t, nil).Check(t.Context(), subject())
			var noSeries *metrics.NoSeriesError
			if !errors.As(err, &noSeries) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %q is not in: %v", test.reason, test.says, err)
			}
		})
	}
}

func TestCheckFailsForASubjectThatCannotBeCounted(t *testing.T) {
	t.Parallel()
	f := newFake()
	if err := f.serve(t, nil).Check(t.Context(), metrics.Subject{}); err == nil {
		t.Error("an empty subject passes")
	}
	if asked := f.queries(); len(asked) > 0 {
		t.Errorf("and is asked about: %q", asked)
	}
}

func TestTellsSubsets(t *testing.T) {
	t.Parallel()
	named := func(reporter, host string) model.Metric {
		m := census(reporter, "sample")
		m["destination_subset"], m["destination_service"] = "stable", model.LabelValue(host)
		return m
	}
	clustered := named("source", host)
	clustered["destination_subset"] = "outbound|80|stable|" + host
	for name, tt := range map[string]struct {
		series model.Metric
		want   bool
	}{
		"Istio's own series":       {census("source", "sample"), false},
		"with the subset's label":  {named("source", host), true},
		"with the proxy's cluster": {clustered, true},
		"which the servers report": {named("destination", host), false},
		"of another service":       {named("source", "other.demo.svc.cluster.local"), false},
	} {
		f := newFake()
		f.set(tt.series, map[int]float64{0: 1})
		if got, err := f.serve(t, nil).TellsSubsets(t.Context(), subject()); err != nil || got != tt.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
