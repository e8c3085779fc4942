package rollout

import (
	"context"

	"github.com/headgate-ci/headgate/modules/journal"
)

// Watchdog stands by while a Rollout is driven, and puts traffic back if its
// driver vanishes.
type Watchdog interface {
	// Begin has it watch the Rollout of a record that is in the Journal. It
	// returns when it does; the text says what stands.
	Begin(ctx context.Context, record *journal.Record) (string, error)
	// End has it watch no more.
	End(ctx context.Context) error
}

// watched has the watchdog stand by before anything is changed. In a Rollout that
// is resumed its lack is no reason to go back.
func (r *Rollout) watched(ctx context.Context) error {
	if r.deps.Watchdog == nil {
		return nil
	}
	text, err := r.deps.Watchdog.Begin(ctx, r.record)
	switch {
	case err == nil:
		r.emit(EventNotice, text, nil)
		return nil
	case r.state.Current > 0 && ctx.Err() == nil:
		r.warn(err.Error())
		return nil
	default:
		return err
	}
}

// unwatched ends the watch of a Rollout whose record says that nobody is to
// drive it. A watchdog that is not told reads so in the Journal.
func (r *Rollout) unwatched(ctx context.Context) {
	if r.deps.Watchdog == nil {
		return
	}
	if err := r.deps.Watchdog.End(ctx); err != nil {
		r.emit(EventNotice, err.Error(), nil)
	}
}
