package session

import (
	"bytes"
	"encoding/json"
	"flag"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/schematest"
	"github.com/headgate-ci/headgate/modules/rollout"
)

var update = flag.Bool("update", false, "write the generated files")

func TestTheSchemaOfAStatusIsFresh(t *testing.T) {
	schematest.Fresh(t, "../../docs/schema/headgate.dev_v1_status.json", "Headgate status", StatusDocument{}, *update, ".", "../report", "../evidence")
}

// A program that reads the result of a run reads a status in the same way.
func TestAStatusIsTheDocumentOfEveryResultAndMore(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason  string
		phase   rollout.Phase
		driver  string
		verdict report.Verdict
		more    []string
	}{
		"running":     {"it has no verdict yet, and says so", rollout.Running, "ci@runner/1", report.Unfinished, []string{"driver", "newVersionWeight", "phase", "step", "stepCount", "stepIndex", "written"}},
		"interrupted": {"nobody drives it", rollout.Running, "", report.Unfinished, []string{"newVersionWeight", "phase", "step", "stepCount", "stepIndex", "written"}},
		"rolled back": {"it is over", rollout.RolledBack, "", report.RolledBack, []string{"newVersionWeight", "phase", "step", "stepCount", "stepIndex", "written"}},
	}
	for name, tt := range tests {
		state := rollout.NewState("id", "shop", "cart", "canary", rollout.Canary([]rollout.CanaryStep{{Weight: 10}}), rollout.Settings{})
		state.Phase, state.Weight, state.Reason = tt.phase, 10, "because"
		data, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		st, err := statusOf(&journal.Record{Namespace: "shop", Release: "cart", Data: data, Written: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		st.drivenBy(tt.driver)
		status, result := asJSON(t, st.Document()), asJSON(t, st.Result)
		if err := schematest.Judge(t, StatusDocument{}, status); err != nil {
			t.Errorf("%s: the status is not as its schema says, though %s: %v", name, tt.reason, err)
		}
		fields, plain := fieldsOf(t, status), fieldsOf(t, result)
		if fields["verdict"] != string(tt.verdict) || fields["reason"] != st.Reason {
			t.Errorf("%s: verdict %v, reason %v, want %s and %q: %s", name, fields["verdict"], fields["reason"], tt.verdict, st.Reason, tt.reason)
		}
		var more []string
		for field := range fields {
			if _, ok := plain[field]; !ok {
				more = append(more, field)
				delete(fields, field)
			}
		}
		if diff := cmp.Diff(plain, fields); diff != "" {
			t.Errorf("%s: what a status has of the result (-result +status):\n%s", name, diff)
		}
		if diff := cmp.Diff(tt.more, more, sorted); diff != "" {
			t.Errorf("%s: what a status adds:\n%s", name, diff)
		}
	}
}

var sorted = cmp.Transformer("sorted", func(names []string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
})

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.JSON(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fieldsOf(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
