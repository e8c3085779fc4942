package session

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/rollout"
)

func TestAStatusSaysWhatGoesOnAndWhatToType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		because   string
		phase     rollout.Phase
		committed bool
		driver    string
		want      string
		weight    int
		line      string
	}{
		{"it goes on by itself", rollout.Running, false, "ci@runner/1", "running", 10, "driven by ci@runner/1"},
		{"a person is asked", rollout.Waiting, false, "ci@runner/1", "waiting", 10, "`headgate resume cart -n shop`"},
		{"whose driver is dead does not run", rollout.Running, false, "", Interrupted, 10, "nobody drives it any more: `headgate resume cart -n shop`"},
		{"nor does one that was being put back", rollout.RollingBack, false, "", Interrupted, 10, "`headgate rollback cart -n shop`"},
		{"nobody needs to drive what is held", rollout.Held, false, "", "held", 10, "held"},
		{"the new version serves everybody", rollout.Promoted, true, "", "promoted", 100, "new version at 100%"},
		{"the old version does", rollout.RolledBack, false, "", "rolledBack", 10, "rolledBack"},
	}
	for _, tt := range tests {
		state := rollout.NewState("id", "shop", "cart", "canary", rollout.Canary([]rollout.CanaryStep{{Weight: 10}}), rollout.Settings{})
		state.Phase, state.Committed, state.Weight = tt.phase, tt.committed, 10
		if tt.phase == rollout.Waiting {
			state.Next = "`headgate resume cart -n shop` to go on"
		}
		data, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		st, err := statusOf(&journal.Record{Namespace: "shop", Release: "cart", Data: data})
		if err != nil {
			t.Fatal(err)
		}
		st.drivenBy(tt.driver)
		if st.Phase != tt.want || st.Weight != tt.weight || !strings.Contains(st.Line(), tt.line) {
			t.Errorf("%s: %s at %d%%, because %s; want %s at %d%% with %q", tt.phase, st.Line(), st.Weight, tt.because, tt.want, tt.weight, tt.line)
		}
		if st.Phase == Interrupted && (st.Reason == "" || st.Next == "") {
			t.Errorf("%s: reason %q, next %q, because %s", tt.phase, st.Reason, st.Next, tt.because)
		}
	}
}
