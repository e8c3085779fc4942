// Package openmetrics writes a Result's figures as OpenMetrics text. GitLab
// shows them in a merge request beside those of the target branch, so names and
// labels are the same for every rollout of a Release.
package openmetrics

import (
	"fmt"
	"io"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/headgate-ci/headgate/modules/report"
)

// Write writes the metrics. What was not measured is left out.
func Write(w io.Writer, r report.Result) error {
	m := metrics{release: r.Release, namespace: r.Namespace}
	m.add("headgate_rollout_seconds", "How long the rollout took.", r.Seconds)
	m.add("headgate_verdict_exit_code", "0 done as asked, 1 error, 3 rolled back, 4 held or inconclusive, 5 aborted.", float64(r.Verdict.ExitCode()))
	m.side("stable", r.Stable)
	m.side("candidate", r.Candidate)
	if r.Baseline != nil {
		m.side("baseline", *r.Baseline)
	}
	for _, f := range m.families {
		if _, err := expfmt.MetricFamilyToOpenMetrics(w, f); err != nil {
			return fmt.Errorf("write %s: %w", f.GetName(), err)
		}
	}
	_, err := expfmt.FinalizeOpenMetrics(w)
	return err
}

type metrics struct {
	release, namespace string
	families           []*dto.MetricFamily
}

func (m *metrics) side(version string, s report.Side) {
	m.add("headgate_requests", "Requests that a version answered.", float64(s.Requests), "version", version)
	m.add("headgate_errors", "Requests that a version failed.", float64(s.Errors), "version", version)
	if s.ErrorRate != nil {
		m.add("headgate_error_ratio", "Errors per request.", *s.ErrorRate, "version", version)
	}
	for _, q := range []struct {
		name string
		ms   *float64
	}{{"0.5", s.Latency.P50}, {"0.9", s.Latency.P90}, {"0.99", s.Latency.P99}} {
		if q.ms != nil {
			m.add("headgate_latency_seconds", "Quantiles of the time to answer.", *q.ms/1000, "version", version, "quantile", q.name)
		}
	}
}

// add appends a sample to the family of its name, as OpenMetrics wants them
// together.
func (m *metrics) add(name, help string, value float64, labels ...string) {
	labels = append([]string{"namespace", m.namespace, "release", m.release}, labels...)
	sample := &dto.Metric{Gauge: &dto.Gauge{Value: &value}}
	for i := 0; i+1 < len(labels); i += 2 {
		sample.Label = append(sample.Label, &dto.LabelPair{Name: &labels[i], Value: &labels[i+1]})
	}
	for _, f := range m.families {
		if f.GetName() == name {
			f.Metric = append(f.Metric, sample)
			return
		}
	}
	m.families = append(m.families, &dto.MetricFamily{Name: &name, Help: &help, Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{sample}})
}
