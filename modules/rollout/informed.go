package rollout

import (
	"context"
	"fmt"
	"time"
)

// ProxyConfig is how far a caller's proxy is with the destinations it was told
// of: how many it has taken so far, and how many it cannot use yet.
type ProxyConfig struct{ Added, Warming uint64 }

// Proxies are those of the callers.
type Proxies interface {
	Configs(ctx context.Context) (map[string]ProxyConfig, error)
}

// proxiesNow is what the callers' proxies know; nil when they cannot be asked.
func (r *Rollout) proxiesNow(ctx context.Context) map[string]ProxyConfig {
	if r.deps.Proxies == nil {
		return nil
	}
	lctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	configs, err := r.deps.Proxies.Configs(lctx)
	if err != nil {
		return nil
	}
	return configs
}

// informed waits until every proxy that called the service before has taken
// the candidate's destination. A route that sends to a destination which a
// proxy does not know yet makes it answer 503. Proxies that cannot be asked are
// given Settings.Settle.
func (r *Rollout) informed(ctx context.Context, before map[string]ProxyConfig) error {
	rec := &r.current().Record
	if len(before) == 0 {
		rec.Detail = fmt.Sprintf("the proxies cannot be asked; they were given %s to learn of the candidate", r.state.Settings.Settle)
		return sleep(ctx, r.state.Settings.Settle)
	}
	deadline, news := time.Now().Add(r.state.Settings.Route), uint64(1)
	if r.hasBaseline() {
		news++
	}
	for {
		behind := lagging(before, r.proxiesNow(ctx), news)
		if behind == 0 {
			rec.Detail = fmt.Sprintf("known to the callers' proxies: %d of %d", len(before), len(before))
			return nil
		}
		if time.Now().After(deadline) {
			r.warn(fmt.Sprintf("%d of %d calling proxies have not taken the candidate's destination within %s; check `istioctl proxy-status`", behind, len(before), r.state.Settings.Route))
			return nil
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// lagging counts the proxies that have not taken so many new destinations or are
// not done with them. One that is gone, or that has restarted and counts anew, is
// not waited for.
func lagging(before, now map[string]ProxyConfig, news uint64) int {
	if now == nil {
		return len(before)
	}
	n := 0
	for name, was := range before {
		is, there := now[name]
		if there && (is.Warming > 0 || is.Added >= was.Added && is.Added < was.Added+news) {
			n++
		}
	}
	return n
}
