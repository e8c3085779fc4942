package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/headgate-ci/headgate/modules/journal"
)

// attempt calls fn until it succeeds, fails for good, or the API server has
// been out of reach for longer than Settings.Outage.
func (r *Rollout) attempt(ctx context.Context, what string, fn func(context.Context) error) error {
	began, pause := time.Now(), 200*time.Millisecond
	for told := false; ; {
		err := fn(ctx)
		if err == nil {
			if told {
				r.emit(EventNotice, fmt.Sprintf("the API server answers again after %s", time.Since(began).Round(time.Second)), nil)
			}
			return nil
		}
		if ctx.Err() != nil || !transient(err) {
			return err
		}
		if time.Since(began) > r.state.Settings.Outage {
			return fmt.Errorf("%s: gave up after %s: %w", what, r.state.Settings.Outage, err)
		}
		if !told && time.Since(began) > time.Second {
			told = true
			r.warn(fmt.Sprintf("%s: %v; trying again for up to %s", what, err, r.state.Settings.Outage))
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, 3*time.Second)
	}
}

// Transient says that an error is about reaching the API server, not about what
// was asked of it: trying again may help.
func Transient(err error) bool { return transient(err) }

// transient says that an error is about reaching the API server, not about
// what was asked of it.
func transient(err error) bool {
	var netErr net.Error
	switch {
	case errors.Is(err, journal.ErrFenced): // whatever it is wrapped in, such as a failed request
		return false
	case apierrors.IsServerTimeout(err), apierrors.IsTimeout(err), apierrors.IsTooManyRequests(err),
		apierrors.IsServiceUnavailable(err), apierrors.IsInternalError(err), apierrors.IsUnexpectedServerError(err):
		return true
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.DeadlineExceeded):
		return true
	}
	return errors.As(err, &netErr)
}

// sleep waits for d or the context, whose error it then returns.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
