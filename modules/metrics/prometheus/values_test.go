package prometheus

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
)

func TestFreeQueries(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		answer string
		want   evidence.Value
		fails  string
	}{
		"scalar":           {"a scalar is a number", `{"resultType":"scalar","result":[1000,"2.5"]}`, evidence.Value{Value: 2.5, OK: true}, ""},
		"one element":      {"so is a vector of one", `{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1000,"3"]}]}`, evidence.Value{Value: 3, OK: true}, ""},
		"zero":             {"zero is a number, and evidence", `{"resultType":"vector","result":[{"metric":{},"value":[1000,"0"]}]}`, evidence.Value{OK: true}, ""},
		"empty":            {"no series is no evidence", `{"resultType":"vector","result":[]}`, evidence.Value{}, ""},
		"NaN":              {"0/0 is no evidence", `{"resultType":"vector","result":[{"metric":{},"value":[1000,"NaN"]}]}`, evidence.Value{}, ""},
		"infinite":         {"1/0 is no evidence", `{"resultType":"scalar","result":[1000,"+Inf"]}`, evidence.Value{}, ""},
		"two elements":     {"which of the two?", `{"resultType":"vector","result":[{"metric":{"pod":"a"},"value":[1000,"1"]},{"metric":{"pod":"b"},"value":[1000,"2"]}]}`, evidence.Value{}, `{pod="b"}`},
		"matrix":           {"a range is not a number", `{"resultType":"matrix","result":[]}`, evidence.Value{}, "without a range"},
		"native histogram": {"a histogram is not a number", `{"resultType":"vector","result":[{"metric":{},"histogram":[1000,{"count":"1","sum":"1"}]}]}`, evidence.Value{}, "native histogram"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.answers["my_query"] = test.answer
			reader, err := f.serve(t, nil).Open(t.Context(), subject(), map[string]string{"queue": "my_query"})
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) || !strings.Contains(err.Error(), "gate queue") || !strings.Contains(err.Error(), "my_query") {
					t.Errorf("%s: the error names gate, query and %q? %v", test.reason, test.fails, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := read(t, reader).Values["queue"]
			if got.Value != test.want.Value || got.OK != test.want.OK || got.OK == got.At.IsZero() {
				t.Errorf("%s: %+v", test.reason, got)
			}
		})
	}
}

// It is tried in preflight, not asked before the candidate has had traffic for a
// minute, and never reaches back further than that traffic.
func TestWindowIsFilledIn(t *testing.T) {
	t.Parallel()
	f := newFake()
	for _, window := range []string{"60s", "75s", "200s"} {
		f.answers["rate(a["+window+"])"] = `{"resultType":"scalar","result":[1000,"2.5"]}`
	}
	reader, err := f.serve(t, nil).Open(t.Context(), subject(), map[string]string{"queue": "rate(a[$window])"})
	if err != nil {
		t.Fatal(err)
	}
	ago := func(s int) time.Time { return time.Now().Add(-time.Duration(s)*time.Second - 100*time.Millisecond) }
	for _, c := range []struct {
		why           string
		onTrial, step time.Time
		asked         string
	}{
		{"no traffic yet", time.Time{}, ago(300), ""},
		{"too little traffic", ago(40), ago(50), ""},
		{"the step began before its first request", ago(75), ago(90), "rate(a[75s])"},
		{"it grows with the step", ago(500), ago(200), "rate(a[200s])"},
		{"a step has just begun", ago(500), ago(3), "rate(a[60s])"},
	} {
		before := len(f.queries())
		reader.(metrics.Windowed).Window(c.onTrial, c.step)
		got := read(t, reader).Values["queue"]
		asked := slices.ContainsFunc(f.queries()[before:], func(q string) bool { return q == c.asked })
		if got.OK != (c.asked != "") || c.asked != "" && !asked {
			t.Errorf("%s: %+v, asked %q", c.why, got, f.queries()[before:])
		}
	}
}

func TestAQueryWithATypoFailsBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	f := newFake()
	_, err := f.serve(t, nil).Open(t.Context(), subject(), map[string]string{"queue": "sum("})
	if err == nil || !strings.Contains(err.Error(), "unknown query") || !strings.Contains(err.Error(), "gate queue") {
		t.Errorf("Prometheus' own words are lost: %v", err)
	}
}
