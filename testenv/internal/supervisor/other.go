//go:build !linux

package supervisor

import (
	"context"
	"os"

	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// Hold is a starter's hold on an environment; here there is none.
type Hold struct{ PID int }

// Keep fails with ErrUnsupported.
func (*Hold) Keep() error { return ErrUnsupported }

// Ended is never closed.
func (*Hold) Ended() <-chan struct{} { return nil }

// Lock is held on an environment's folder; here there is none.
type Lock struct{}

// ErrLocked is never returned here.
var ErrLocked = ErrUnsupported

// Check fails with ErrUnsupported.
func Check() (rootless bool, err error) { return false, ErrUnsupported }

// TryLock fails with ErrUnsupported.
func TryLock(string) (*Lock, error) { return nil, ErrUnsupported }

// Close does nothing.
func (*Lock) Close() error { return nil }

// Alive is false.
func Alive(string) bool { return false }

// Launch fails with ErrUnsupported.
func Launch(context.Context, Order, *Doors, *Lock, progress.Func) (*Hold, error) {
	return nil, ErrUnsupported
}

// Down fails with ErrUnsupported.
func Down(context.Context, string) error { return ErrUnsupported }

// Kill fails with ErrUnsupported.
func Kill(context.Context, string, int) error { return ErrUnsupported }

// Stop fails with ErrUnsupported.
func Stop(context.Context, string, string) error { return ErrUnsupported }

// Start fails with ErrUnsupported.
func Start(context.Context, string, string) error { return ErrUnsupported }

// Run fails with ErrUnsupported.
func Run(context.Context, string, []string, [3]*os.File) (int, error) { return 0, ErrUnsupported }
