package workload

import "time"

// urgency is how long a finding is given to heal.
type urgency int

const (
	late urgency = iota // the whole timeout: it often heals by itself
	soon                // Options.Patience: it seldom does
	now                 // not at all
)

// finding is one reason why a Deployment is not ready.
type finding struct {
	// key tells two findings apart over time. It names the container and not the
	// Pod, for a Pod that is replaced fails for the same reason.
	key                  string
	reason, detail, next string
	urgency              urgency
	// pod and container are where logs and events are; previous says that the
	// logs of interest are those of the run before.
	pod, container string
	previous       bool
}

// worst is the finding to act on: the most urgent, the first of those.
func worst(all []finding) *finding {
	var w *finding
	for i := range all {
		if w == nil || all[i].urgency > w.urgency {
			w = &all[i]
		}
	}
	return w
}

// memory knows how long each finding has lasted without a break.
type memory map[string]time.Time

// verdict is the finding that ends the wait now, if any.
func (m memory) verdict(all []finding, at time.Time, patience time.Duration) *finding {
	seen := map[string]bool{}
	var fatal []finding
	for _, f := range all {
		seen[f.key] = true
		if _, known := m[f.key]; !known {
			m[f.key] = at
		}
		if f.urgency == now || (f.urgency == soon && at.Sub(m[f.key]) >= patience) {
			fatal = append(fatal, f)
		}
	}
	for key := range m {
		if !seen[key] {
			delete(m, key)
		}
	}
	return worst(fatal)
}
