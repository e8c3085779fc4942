package proc

import (
	"context"
	"time"
)

// rest is how long a program that ended by itself stays down.
const rest = time.Second

// Revive has programs started again that end without having been asked to,
// until ctx ends. died is told of each.
func (g *Group) Revive(ctx context.Context, died func(error)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.revive = func(p *Process) {
		died(p.Err())
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
		if err := g.Again(ctx, p.command.Name); err != nil {
			died(err)
		}
	}
}

// watch waits for a program's end.
func (g *Group) watch(p *Process) {
	<-p.done
	g.mu.Lock()
	revive := g.revive
	g.mu.Unlock()
	if revive != nil && !p.stopped.Load() {
		revive(p)
	}
}
