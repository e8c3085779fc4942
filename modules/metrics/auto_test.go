package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
)

// fake is a source that answers as told.
type fake struct {
	name        string
	check, open error
}

func (f *fake) Name() string                                 { return f.name }
func (f *fake) Check(context.Context, metrics.Subject) error { return f.check }
func (f *fake) Close() error                                 { return nil }

func (f *fake) Open(_ context.Context, _ metrics.Subject, queries map[string]string) (metrics.Reader, error) {
	if len(queries) > 0 && f.open != nil {
		return nil, f.open
	}
	return f, nil
}

func (f *fake) Read(context.Context) (evidence.Reading, error) {
	return evidence.Reading{Notes: []string{"read from " + f.name}}, nil
}

var (
	errDown      = errors.New("prometheus at http://p: connection refused")
	errIdle      = &metrics.NoSeriesError{Source: "envoy", Missing: "no requests", Next: "send some"}
	errNoQueries = fmt.Errorf("envoy: %w", metrics.ErrQueries)
)

func TestAutoPicksTheFirstThatCanBeUsed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason     string
		sources    []metrics.Source
		checkFails bool
		name, why  string
	}{
		"first":          {"the first choice answers", []metrics.Source{&fake{name: "envoy"}, &fake{name: "prometheus"}}, false, "envoy", "the first choice"},
		"second":         {"the first cannot be used", []metrics.Source{&fake{name: "envoy", check: errDown}, &fake{name: "prometheus"}}, false, "prometheus", "connection refused"},
		"idle":           {"an idle service is told, and can be opened all the same", []metrics.Source{&fake{name: "prometheus", check: errDown}, &fake{name: "envoy", check: errIdle}}, true, "envoy", "connection refused"},
		"none":           {"nothing can be used", []metrics.Source{&fake{name: "prometheus", check: errDown}}, true, "auto", "no source"},
		"nothing at all": {"nothing is configured", nil, true, "auto", "no source"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			auto := metrics.Auto(test.sources...)
			if err := auto.Check(t.Context(), metrics.Subject{}); (err != nil) != test.checkFails {
				t.Errorf("%s: Check: %v", test.reason, err)
			}
			if auto.Name() != test.name {
				t.Errorf("%s: picked %s, want %s", test.reason, auto.Name(), test.name)
			}
			if !strings.Contains(auto.Why(), test.why) {
				t.Errorf("%s: why: %q", test.reason, auto.Why())
			}
		})
	}
}

func TestAutoTellsIdleFromBroken(t *testing.T) {
	t.Parallel()
	err := metrics.Auto(&fake{name: "envoy", check: errIdle}, &fake{name: "prometheus", check: errDown}).Check(t.Context(), metrics.Subject{})
	var none *metrics.NoSeriesError
	if !errors.As(err, &none) || none.Source != "envoy" {
		t.Errorf("that envoy answers and has no series cannot be told from %v", err)
	}
	if !errors.Is(err, errDown) {
		t.Errorf("prometheus' error is lost: %v", err)
	}
}

func TestAutoTakesQueriesWhereTheyCanBeAsked(t *testing.T) {
	t.Parallel()
	auto := metrics.Auto(&fake{name: "envoy", open: errNoQueries}, &fake{name: "prometheus"})
	reader, err := auto.Open(t.Context(), metrics.Subject{}, map[string]string{"queue": "queue_length"})
	if err != nil {
		t.Fatal(err)
	}
	reading, err := reader.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(reading.Notes, "\n"); !strings.Contains(notes, "read from prometheus") || !strings.Contains(notes, "prometheus is read, because envoy: free queries need a Prometheus") {
		t.Errorf("the notes do not say what is read and why: %q", notes)
	}
	if reading, err = reader.Read(t.Context()); err != nil || len(reading.Notes) != 1 {
		t.Errorf("the choice is explained again: %q %v", reading.Notes, err)
	}
}

func TestAutoWithoutAPrometheusCannotAskQueries(t *testing.T) {
	t.Parallel()
	_, err := metrics.Auto(&fake{name: "envoy", open: errNoQueries}).Open(t.Context(), metrics.Subject{}, map[string]string{"queue": "up"})
	if !errors.Is(err, metrics.ErrQueries) {
		t.Errorf("got %v", err)
	}
}

func TestSubjectIsChecked(t *testing.T) {
	t.Parallel()
	good := metrics.Subject{
		Namespace: "demo", Service: "sample",
		Stable:    metrics.Side{Workload: "sample", Host: "b.demo.svc.cluster.local"},
		Candidate: metrics.Side{Workload: "sample-canary", Host: "a.demo.svc.cluster.local"},
	}
	if err := good.Validate(); err != nil {
		t.Errorf("a good subject: %v", err)
	}
	if hosts := good.AllHosts(); strings.Join(hosts, " ") != "a.demo.svc.cluster.local b.demo.svc.cluster.local" {
		t.Errorf("hosts %v", hosts)
	}
	twice := good
	twice.Candidate.Workload = "sample"
	if err := twice.Validate(); err == nil || !strings.Contains(err.Error(), "demo/sample") {
		t.Errorf("stable and candidate under one name: %v", err)
	}
	err := metrics.Subject{}.Validate()
	for _, missing := range []string{"namespace", "service", "stable workload", "candidate workload", "host"} {
		if err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("an empty subject's error does not name the %s: %v", missing, err)
		}
	}
}
