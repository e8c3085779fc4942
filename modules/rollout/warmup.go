package rollout

import (
	"context"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// warming says that the candidate's Pods warmed up when a look began. The panel then
// has what they served stand apart.
func (r *Rollout) warming(delta evidence.Evidence) bool {
	if r.joining {
		return true
	}
	if r.state.Warm.IsZero() {
		return false
	}
	from := delta.Start
	if from.IsZero() { // nothing could be read
		from = time.Now()
	}
	return from.Before(r.state.Warm)
}

// firstTraffic begins the warm-up when the candidate gets requests for the first
// time: from then on its Pods have something to warm up with.
func (r *Rollout) firstTraffic() {
	if r.state.Settings.Warmup > 0 && r.state.Warm.IsZero() {
		r.state.Warm = time.Now().Add(r.state.Settings.Warmup)
	}
}

// freshPods waits, at the weight that stands, until Pods that have joined the
// candidate have warmed up: their first requests are the few of a small weight. join
// waits for them; what it says stands is what was before where none has joined.
func (r *Rollout) freshPods(ctx context.Context, join func(context.Context) error) error {
	if r.state.Settings.Warmup == 0 || r.state.Weight == 0 {
		return join(ctx)
	}
	before := r.state.Stands
	r.joining = true
	err := join(ctx)
	r.joining = false
	if err != nil || r.state.Stands == before {
		return err
	}
	r.state.Warm = time.Now().Add(r.state.Settings.Warmup)
	for time.Now().Before(r.state.Warm) && !r.hurry {
		if _, _, err := r.judgedLook(ctx); err != nil {
			return err
		}
		if err := r.breath(ctx); err != nil {
			return err
		}
	}
	return nil
}
