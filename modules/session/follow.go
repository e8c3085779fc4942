package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/incluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// Following is somebody who watches a Rollout that another process drives.
type Following struct {
	// Observe is told of each change, as the driver's own watcher is.
	Observe func(rollout.Event)
	// Warn is told what kept it from looking.
	Warn func(error)
	// Whole says that it has seen nothing of the Rollout yet: it is told also of
	// the warnings that came before.
	Whole bool
}

// Follow watches a Release's Rollout by its Journal until it has ended or is
// held, or until nobody drives it and nothing in the cluster will. Whoever calls
// it has met the API server already: one that stumbles is asked again.
func Follow(ctx context.Context, c *cluster.Cluster, name string, f Following) (*Status, error) {
	st, err := f.first(ctx, c, name)
	if err != nil {
		return nil, err
	}
	f.Observe(notice(st, st.Line()))
	for _, e := range f.sofar(st) {
		f.Observe(e)
	}
	missing := 0
	for !st.Settled() || forsaken(st) && cared(ctx, c, name) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
		next, err := Look(ctx, c, c.Namespace, name)
		if errors.Is(err, journal.ErrNotFound) && !driven(ctx, c, name) {
			if missing++; missing == gone {
				return nil, fmt.Errorf("the journal of %s/%s was deleted, and nobody drives its rollout any more; where traffic goes is for a person to see: %w", c.Namespace, name, journal.ErrNotFound)
			}
		} else {
			missing = 0
		}
		if err != nil {
			f.Warn(err)
			continue
		}
		for _, e := range changes(st, next) {
			f.Observe(e)
		}
		st = next
	}
	return st, nil
}

// gone is how many looks in a row find neither record nor driver before it is
// believed: a driver whose record was deleted writes it anew.
const gone = 3

// driven says that somebody drives the Rollout or will, or that it could not be
// learnt just now.
func driven(ctx context.Context, c *cluster.Cluster, name string) bool {
	driver, err := journal.New(c.Dynamic, c.Namespace).Holder(ctx, name)
	return driver != "" || err != nil || cared(ctx, c, name)
}

// first is the first look.
func (f Following) first(ctx context.Context, c *cluster.Cluster, name string) (st *Status, err error) {
	err = persist(ctx, func() error {
		if st, err = Look(ctx, c, c.Namespace, name); rollout.Transient(err) {
			f.Warn(err)
		}
		return err
	})
	return st, err
}

// forsaken says that a Rollout is unfinished and has no driver.
func forsaken(st *Status) bool { return st.Driver == "" && !st.Over() }

// cared says that a Job in the cluster will go on with the Rollout: the next
// Pod of one that runs there, or a watchdog. Where that could not be learnt just
// now there may be one.
func cared(ctx context.Context, c *cluster.Cluster, name string) bool {
	jobs, err := incluster.Find(ctx, c.Dynamic, c.Namespace, name, "")
	return len(jobs) > 0 || err != nil && !apierrors.IsForbidden(err)
}

// changes are what happened between two looks, as events.
func changes(before, after *Status) []rollout.Event {
	var out []rollout.Event
	if before.Result.ID != after.Result.ID || len(before.Result.Steps) != len(after.Result.Steps) {
		return append(out, notice(after, after.Line()))
	}
	out = append(out, warnings(after, len(before.Result.Warnings))...)
	for i, step := range after.Result.Steps {
		if kind := kindOf(step.Status); kind != "" && step.Status != before.Result.Steps[i].Status {
			text := step.Detail
			if (kind == rollout.EventFailed || kind == rollout.EventStopped) && text == "" {
				text = after.Result.Reason
			}
			e := eventOf(after, kind, text)
			e.Step, e.Index = step.Name, i
			out = append(out, e)
		}
	}
	if before.Phase != after.Phase || before.Driver != after.Driver {
		out = append(out, notice(after, after.Line()))
	}
	if undoing(after) && (!undoing(before) || before.StepIndex != after.StepIndex) {
		out = append(out, eventOf(after, rollout.EventUndo, ""))
	}
	if after.look != nil && !after.Written.Equal(before.Written) {
		out = append(out, looked(after))
	}
	return out
}

// sofar is what a follower is told of what it did not see.
func (f Following) sofar(st *Status) (out []rollout.Event) {
	if f.Whole {
		out = warnings(st, 0)
	}
	if st.look != nil && !st.Settled() {
		out = append(out, looked(st))
	}
	return out
}

func undoing(st *Status) bool { return rollout.Phase(st.Phase) == rollout.RollingBack }

// warnings are the events of those from the nth on.
func warnings(st *Status, n int) (out []rollout.Event) {
	for _, w := range st.Result.Warnings[min(n, len(st.Result.Warnings)):] {
		out = append(out, eventOf(st, rollout.EventWarning, w))
	}
	return out
}

func looked(st *Status) rollout.Event {
	e := eventOf(st, rollout.EventLook, "")
	e.Look = st.look
	return e
}

// kindOf is what a step's new status amounts to; empty for none.
func kindOf(s report.Status) rollout.EventKind {
	switch s {
	case report.Running:
		return rollout.EventBegin
	case report.Done:
		return rollout.EventDone
	case report.Failed:
		return rollout.EventFailed
	case report.Stopped:
		return rollout.EventStopped
	case report.Undone:
		return rollout.EventUndone
	default:
		return ""
	}
}

func notice(st *Status, text string) rollout.Event { return eventOf(st, rollout.EventNotice, text) }

// eventOf is an event of the Rollout as its driver would tell it.
func eventOf(st *Status, kind rollout.EventKind, text string) rollout.Event {
	return rollout.Event{Time: time.Now(), Kind: kind, Step: st.Step, Index: st.StepIndex, Total: st.StepCount, Weight: st.Weight, Text: text, About: st.about,
		SoFar: func() report.Result { return st.Result }}
}
