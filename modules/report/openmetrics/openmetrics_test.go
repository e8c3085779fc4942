package openmetrics_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/internal/sample"
	"github.com/headgate-ci/headgate/modules/report/openmetrics"
)

func write(t *testing.T, r report.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := openmetrics.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMetricsCanBeParsedAndCompared(t *testing.T) {
	t.Parallel()
	doc := write(t, sample.RolledBack())
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(doc))
	if err != nil {
		t.Fatalf("%v in\n%s", err, doc)
	}
	for _, want := range []string{"headgate_rollout_seconds", "headgate_verdict_exit_code", "headgate_requests", "headgate_errors", "headgate_error_ratio", "headgate_latency_seconds"} {
		if families[want] == nil {
			t.Errorf("no %s in\n%s", want, doc)
		}
	}
	if !strings.HasSuffix(doc, "# EOF\n") {
		t.Errorf("it ends with %q", doc[len(doc)-20:])
	}
	if strings.Contains(doc, sample.RolledBack().ID) {
		t.Error("an id in a label makes every rollout's series a new one")
	}
}

func TestWhatWasNotMeasuredIsLeftOut(t *testing.T) {
	t.Parallel()
	doc := write(t, report.Result{Release: "a\"b\\c\nd"})
	if strings.Contains(doc, "ratio") || strings.Contains(doc, "latency") {
		t.Errorf("there is no rate without requests:\n%s", doc)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if _, err := parser.TextToMetricFamilies(strings.NewReader(doc)); err != nil {
		t.Errorf("%v in\n%s", err, doc)
	}
}
