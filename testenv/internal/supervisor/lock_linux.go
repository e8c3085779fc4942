package supervisor

import (
	"errors"
	"fmt"
	"os"
	"time"

	"context"

	"golang.org/x/sys/unix"
)

// Lock is held on an environment's folder by those who run it. It ends when
// the last of them has ended.
type Lock struct{ dir *os.File }

// ErrLocked says that an environment is alive.
var ErrLocked = errors.New("it is up, or coming up")

// TryLock locks a folder, which it makes when missing. It tries more than once,
// since those who only ask who is alive hold the lock for a moment.
func TryLock(dir string) (l *Lock, err error) {
	for range 10 {
		if l, err = tryLock(dir); !errors.Is(err, ErrLocked) {
			return l, err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, err
}

func tryLock(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	l, err := lockExisting(dir)
	if err != nil {
		return nil, err
	}
	// The folder may have been removed between its making and its locking.
	held, err := l.dir.Stat()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	named, err := os.Stat(dir)
	if err != nil || !os.SameFile(held, named) {
		return nil, errors.Join(ErrLocked, l.Close())
	}
	return l, nil
}

func lockExisting(dir string) (*Lock, error) {
	f, err := os.Open(dir) //nolint:gosec // a folder of ours
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrLocked
		}
		return nil, errors.Join(err, f.Close())
	}
	return &Lock{f}, nil
}

// Close gives up this process's share of the lock.
func (l *Lock) Close() error { return l.dir.Close() }

// Alive reports whether somebody runs the environment in a folder.
func Alive(dir string) bool {
	l, err := lockExisting(dir)
	if err != nil {
		return errors.Is(err, ErrLocked)
	}
	_ = l.Close()
	return false
}

// Watch is an eye on an environment's end. It has to be opened while the folder
// is there, since that goes first.
type Watch struct{ dir *os.File }

// NewWatch begins to watch the environment in a folder.
func NewWatch(dir string) (*Watch, error) {
	f, err := os.Open(dir) //nolint:gosec // a folder of ours
	return &Watch{f}, err
}

// Close ends the watch.
func (w *Watch) Close() error { return w.dir.Close() }

// AwaitEnd waits until nobody runs the environment any more.
func (w *Watch) AwaitEnd(ctx context.Context) error {
	for {
		err := unix.Flock(int(w.dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil || !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
