package rollout

import (
	"context"
	"fmt"
	"time"
)

// ProxyConfig is how far a caller's proxy is with the destinations it was told
// of: how many it has taken so far, and how many it cannot use yet.
type ProxyConfig struct {
	Added, Warming uint64
	// Knows says that the versions' destinations are among them, by their names.
	// Where it is false, Names says whether the proxy would have told.
	Knows, Names bool
}

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

// named says that every proxy tells by name what it knows.
func named(configs map[string]ProxyConfig) bool {
	for _, c := range configs {
		if !c.Knows && !c.Names {
			return false
		}
	}
	return true
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
	deadline, news := time.Now().Add(r.state.Settings.Route), uint64(max(0, r.deps.Routes.Creates()))
	for {
		now := r.proxiesNow(ctx)
		behind := lagging(before, now, news)
		if behind == 0 {
			rec.Detail = fmt.Sprintf("known to the callers' proxies: %d of %d%s", len(before), len(before), how(now, news))
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

// how says what it is known by, where it is not the name.
func how(now map[string]ProxyConfig, news uint64) string {
	switch {
	case named(now):
		return ""
	case news == 0:
		return ", where it stood before"
	default:
		return ", by how many destinations they have taken: their statistics name none"
	}
}

// lagging counts the proxies that do not know the versions' destinations, by name
// or by how many new ones they have taken, or are not done with what they took.
// One that is gone, or that has restarted and counts anew, is not waited for.
func lagging(before, now map[string]ProxyConfig, news uint64) int {
	if now == nil {
		return len(before)
	}
	n := 0
	for name, was := range before {
		if is, there := now[name]; there && is.behind(was, news) {
			n++
		}
	}
	return n
}

func (is ProxyConfig) behind(was ProxyConfig, news uint64) bool {
	switch {
	case is.Warming > 0:
		return true
	case is.Knows || is.Names:
		return !is.Knows
	default:
		return is.Added >= was.Added && is.Added < was.Added+news
	}
}
