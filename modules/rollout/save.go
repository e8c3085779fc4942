package rollout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/optimistic"
)

// save writes the state to the Journal: the intent before a change, the
// outcome after it.
func (r *Rollout) save(ctx context.Context) error {
	r.saved = time.Now()
	if err := r.collect(); err != nil {
		return err
	}
	data, err := r.state.encode()
	if err != nil {
		return err
	}
	r.record.Release, r.record.Phase, r.record.Summary, r.record.Data = r.state.Release, string(r.state.Phase), r.summary(), data
	r.ours = append(r.ours, data)
	return r.attempt(ctx, "write the journal", func(ctx context.Context) error {
		if err := r.put(ctx, data); err != nil {
			return err
		}
		r.ours = [][]byte{data}
		return nil
	})
}

// put writes the record, also where somebody else has changed what is beside it
// in its ConfigMap. One that changes too fast is as good as another driver's:
// nothing may be done that is not on record.
func (r *Rollout) put(ctx context.Context, data []byte) error {
	var fenced error
	err := optimistic.Write(ctx, "the journal's ConfigMap", func() (bool, error) {
		if fenced != nil {
			if err := r.adopt(ctx, data, fenced); !errors.Is(err, errTouched) {
				return false, err
			}
		}
		if fenced = r.write(ctx); errors.Is(fenced, journal.ErrFenced) {
			return true, nil
		}
		return false, fenced
	})
	var busy *optimistic.BusyError
	if errors.As(err, &busy) {
		return errors.Join(err, fenced)
	}
	return err
}

// write writes the record, anew where it was deleted.
func (r *Rollout) write(ctx context.Context) error {
	err := r.deps.Records.Save(ctx, r.record)
	if errors.Is(err, journal.ErrDeleted) { // by a person: the Lease is ours, or this is refused
		r.warn(err.Error() + " by somebody else; it is written anew")
		r.record.Anew()
		err = r.deps.Records.Save(ctx, r.record)
	}
	return err
}

// errTouched says that the record is as this driver left it, in a ConfigMap that
// somebody else has changed since, such as its labels.
var errTouched = errors.New("the journal's ConfigMap was changed beside the record")

// saveEvery is how often a step that lasts writes down what the gates have seen.
const saveEvery = 15 * time.Second

func (r *Rollout) saveNowAndThen(ctx context.Context) error {
	if time.Since(r.saved) < saveEvery {
		return nil
	}
	return r.save(ctx)
}

// collect takes the parts' own states into the Rollout's.
func (r *Rollout) collect() error {
	routes, err := r.deps.Routes.State()
	if err != nil {
		return err
	}
	work, err := r.deps.Workload.State()
	if err != nil {
		return err
	}
	r.beside.Lock()
	trials, err := r.panel.State()
	r.beside.Unlock()
	if err != nil {
		return err
	}
	r.state.Routes, r.state.Workload, r.state.Trials, r.state.Totals = routes, work, trials, r.meter.sum()
	return nil
}

// adopt tells a write of our own, whose answer was lost, from another driver's,
// and both from a change beside the record. Writing again is safe then: a driver
// that takes over has the Lease before it touches the ConfigMap, and every write
// asks for the Lease after the version that it names was read.
func (r *Rollout) adopt(ctx context.Context, data []byte, fenced error) error {
	there, err := r.deps.Records.Load(ctx, r.state.Release)
	if err != nil {
		return err
	}
	was := r.record
	switch {
	case bytes.Equal(there.Data, data):
		there.Log = was.Log
		r.record = there
		return nil
	case r.wrote(there.Data):
		there.Log, there.Phase, there.Summary, there.Data = was.Log, was.Phase, was.Summary, data
		r.record = there
		return errTouched
	default:
		return fenced
	}
}

// wrote says that a record is this driver's: the last one that it knows to be
// written, or one whose answer never came, as when an interrupt cut it off.
func (r *Rollout) wrote(data []byte) bool {
	return slices.ContainsFunc(r.ours, func(sent []byte) bool { return bytes.Equal(data, sent) })
}

func (r *Rollout) summary() string {
	name := "done"
	if r.state.Current < len(r.steps) {
		name = r.steps[r.state.Current].Name()
	}
	return fmt.Sprintf("%s: step %d of %d (%s), candidate at %s", r.state.Phase, min(r.state.Current+1, len(r.steps)), len(r.steps), name, r.state.weights())
}
