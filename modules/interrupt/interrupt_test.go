package interrupt

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var errStop = errors.New("interrupted")

// wish is a signal, or the parent's going away (nil), some time after the first.
type wish struct {
	after time.Duration
	s     os.Signal
}

func TestWhichWishesEndAtOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		wishes []wish
		cause  string
		forced bool
	}{
		{"timeout signals the child and its group", []wish{{0, syscall.SIGTERM}, {30 * time.Microsecond, syscall.SIGTERM}}, "SIGTERM", false},
		{"npm passes on what the terminal has sent already", []wish{{0, os.Interrupt}, {20 * time.Millisecond, os.Interrupt}, {1900 * time.Millisecond, os.Interrupt}}, "SIGINT", false},
		{"GitHub loses patience", []wish{{0, os.Interrupt}, {7500 * time.Millisecond, syscall.SIGTERM}}, "SIGINT", false},
		{"a terminal is closed, and its shell passes that on", []wish{{0, syscall.SIGHUP}, {time.Millisecond, syscall.SIGHUP}, {5 * time.Second, syscall.SIGTERM}}, "SIGHUP", false},
		{"a shell is killed, then everything", []wish{{0, nil}, {3 * time.Second, syscall.SIGTERM}}, "gone", false},
		{"a job is ended, and its shell with it", []wish{{0, syscall.SIGTERM}, {time.Second, nil}}, "SIGTERM", false},
		{"a person presses Ctrl-C again", []wish{{0, os.Interrupt}, {2 * time.Second, os.Interrupt}}, "SIGINT", true},
		{"a person presses it after others have signalled", []wish{{0, syscall.SIGTERM}, {time.Second, os.Interrupt}, {4 * time.Second, os.Interrupt}}, "SIGTERM", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				signals, orphaned, stop := make(chan os.Signal), make(chan struct{}), make(chan struct{})
				ctx, cancel := context.WithCancelCause(t.Context())
				forced := false
				go func() {
					defer close(stop)
					listener{Options{Cause: errStop, Force: func() { forced = true }}, signals, orphaned, cancel}.listen()
				}()
				began := time.Now()
				for _, w := range row.wishes {
					time.Sleep(time.Until(began.Add(w.after)))
					if w.s == nil {
						close(orphaned)
					} else {
						signals <- w.s
					}
					synctest.Wait()
				}
				if cause := context.Cause(ctx); !errors.Is(cause, errStop) || !strings.Contains(cause.Error(), row.cause) {
					t.Errorf("the context ended because of %v; want %v by %s", cause, errStop, row.cause)
				}
				if forced != row.forced {
					t.Errorf("ended at once: %t, want %t", forced, row.forced)
				}
				if !forced { // the listener stays for more
					signals <- os.Kill
					time.Sleep(together)
					signals <- os.Kill
				}
				<-stop
			})
		})
	}
}

// family is a process whose parent goes away at a time.
type family struct {
	leaves time.Time
	alone  bool
	first  int
}

func (f family) parent() int {
	if time.Now().Before(f.leaves) {
		return f.first
	}
	return 1
}

func (f family) detached() bool { return f.alone }

func TestWhoseParentIsMissed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		first  int
		alone  bool
		leaves time.Duration
		missed bool
	}{
		{"a shell that is killed", 70, false, time.Minute, true},
		{"nohup, setsid and the background of a terminal are meant to go on", 70, true, time.Minute, false},
		{"what starts a daemon ends at once", 70, false, 10 * time.Millisecond, false},
		{"the first process of a container has no parent", 0, false, time.Minute, false},
		{"a child of init is nobody's", 1, false, time.Minute, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				gone := watchParent(ctx, family{time.Now().Add(row.leaves), row.alone, row.first}, parentEvery)
				time.Sleep(row.leaves + 2*parentEvery)
				synctest.Wait()
				select {
				case <-gone:
					if !row.missed {
						t.Error("it counts as gone")
					}
				default:
					if row.missed {
						t.Error("nobody noticed")
					}
				}
			})
		})
	}
}
