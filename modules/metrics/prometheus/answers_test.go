package prometheus

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/metrics"
)

func TestWhatAFreeQueryAnsweredInTheLastHour(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		answer string
		want   []float64
	}{
		"numbers, and moments without one": {`{"resultType":"matrix","result":[{"metric":{},"values":[[1000,"1"],[1015,"NaN"],[1030,"3"]]}]}`, []float64{1, 3}},
		"nothing":                          {`{"resultType":"matrix","result":[]}`, nil},
		"two series are no number":         {`{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1000,"1"]]},{"metric":{"a":"c"},"values":[[1000,"1"]]}]}`, nil},
	} {
		f := newFake()
		f.answers["my_query"] = c.answer
		got, err := metrics.Auto(f.serve(t, nil)).Answers(t.Context(), "my_query", time.Hour, 15*time.Second)
		if err != nil || len(got) != len(c.want) {
			t.Fatalf("%s: %+v, %v", reason, got, err)
		}
		for i, v := range got {
			if v.Value != c.want[i] || !v.OK {
				t.Errorf("%s: %+v", reason, v)
			}
		}
	}
	f := newFake()
	if _, err := f.serve(t, nil).Answers(t.Context(), "unknown", time.Hour, time.Minute); err == nil {
		t.Error("a query that is refused has no answers and no error")
	}
}
