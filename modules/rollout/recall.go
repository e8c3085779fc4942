package rollout

import "fmt"

// recall has the gates go on with what they saw in another process, so that
// their promises hold over the whole Rollout.
func (r *Rollout) recall() {
	if len(r.state.Timeline) == 0 && len(r.state.Trials) == 0 {
		return // nothing was seen yet
	}
	if r.learnt = len(r.state.Trials) > 0; r.learnt {
		err := r.panel.Restore(r.state.Trials)
		if err == nil {
			return
		}
		r.state.warn(fmt.Sprintf("the gates begin anew: %v", err))
	}
	r.next.resumed = true
}
