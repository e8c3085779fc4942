package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/headgate-ci/headgate/modules/incluster"
	"github.com/headgate-ci/headgate/modules/journal"
)

// RemoteError says that the Job comes to nothing: it has ended, or cannot start,
// without a Rollout to show for it.
type RemoteError struct {
	Code  int
	Words string // its last ones
}

func (e *RemoteError) Error() string { return e.Words }

// begun is how often the Job is looked at until its Rollout begins.
const begun = 500 * time.Millisecond

// Begin waits until the Job's Rollout is on record. A Job that comes to nothing
// is taken away; the error is a RemoteError then. After any other error the Job
// may still roll out.
func (r *Remote) Begin(ctx context.Context, tell func(string)) error {
	err := r.begin(ctx, tell)
	var nothing *RemoteError
	if errors.As(err, &nothing) {
		r.tidy(ctx, tell)
	}
	return err
}

func (r *Remote) begin(ctx context.Context, tell func(string)) error {
	told := ""
	for {
		st, on, err := r.look(ctx)
		switch {
		case err != nil || on:
			return err
		case st.Ended:
			return endedEarly(st)
		case st.Hopeless:
			return &RemoteError{Code: 1, Words: fmt.Sprintf("job %s/%s does not run: %s", r.job.Namespace, r.job.Name, st.Trouble)}
		case st.Trouble != "" && st.Trouble != told:
			told = st.Trouble
			tell("waiting for the job: " + told)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(begun):
		}
	}
}

// look says where the Job stands, and whether its Rollout is on record. An API
// server that stumbles is asked again: the Job does not mind.
func (r *Remote) look(ctx context.Context) (st incluster.Status, on bool, err error) {
	err = persist(ctx, func() error {
		st, err = r.job.Status(ctx) // before the Journal: a Job that has ended has written
		if err == nil {
			on, err = r.onRecord(ctx)
		}
		return err
	})
	if apierrors.IsNotFound(err) {
		return st, false, &RemoteError{Code: 1, Words: fmt.Sprintf("job %s/%s was deleted before its rollout began", r.job.Namespace, r.job.Name)}
	}
	return st, on, r.cluster.Reachable(err)
}

func endedEarly(st incluster.Status) error {
	e := &RemoteError{Code: 1, Words: "the job ended and left no record; see its Pod"}
	if st.Code != nil {
		e.Code = int(*st.Code)
	}
	if st.Trouble != "" {
		e.Words = st.Trouble
	}
	return e
}

// Follow is the function Follow for the Job's Rollout. When that has ended, or
// waits for a person, the Job is taken away; else it stays, since it may go on.
func (r *Remote) Follow(ctx context.Context, f Following) (*Status, error) {
	st, err := Follow(ctx, r.cluster, r.name, f)
	if err == nil && st.Over() {
		r.tidy(ctx, func(text string) { f.Warn(errors.New(text)) })
	}
	return st, err
}

// tidy takes the Job away. Without, it goes an hour after its end.
func (r *Remote) tidy(ctx context.Context, tell func(string)) {
	if err := r.Remove(context.WithoutCancel(ctx)); err != nil {
		tell(fmt.Sprintf("the job goes by itself in an hour: %v", err))
	}
}

// Remove takes the Job away, whatever it does.
func (r *Remote) Remove(ctx context.Context) error { return r.job.Remove(ctx) }

// onRecord says that the Journal was written since the Job began.
func (r *Remote) onRecord(ctx context.Context) (bool, error) {
	now, err := r.written(ctx)
	return err == nil && !now.Equal(r.before), err
}

// written is when the Journal was last written; zero when there is none.
func (r *Remote) written(ctx context.Context) (time.Time, error) {
	record, err := journal.New(r.cluster.Dynamic, r.cluster.Namespace).Load(ctx, r.name)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, r.cluster.Reachable(err)
	}
	return record.Written, nil
}
