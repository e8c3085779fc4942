package progress_test

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

func TestEventIsALineForPeople(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		event progress.Event
		want  string
	}{
		"large numbers are grouped, the time is rounded": {
			progress.Event{What: "building the mesh's binaries", Done: 1234, Total: 1005000, Unit: "packages", Elapsed: 200*time.Second + 400*time.Millisecond},
			"building the mesh's binaries: 1,234 of 1,005,000 packages, 3m20s",
		},
		"what cannot be counted has a name and a time": {
			progress.Event{What: "installing Envoy", Elapsed: 2 * time.Second}, "installing Envoy, 2s",
		},
		"what has just begun has a name": {
			progress.Event{What: "starting", Elapsed: 20 * time.Millisecond}, "starting",
		},
		"nothing done yet is shown as that": {
			progress.Event{What: "building", Total: 12, Unit: "packages"}, "building: 0 of 12 packages",
		},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			if got := c.event.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
