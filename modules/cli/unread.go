package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// exitUnread is what a shell sees of a program that SIGPIPE ended.
const exitUnread = 128 + int(syscall.SIGPIPE)

// unread says that an error is about our own output, because nobody is left to
// read it: `| head` has had its lines, or the terminal is closed. That ends what
// only tells, and nothing that moves traffic.
func unread(err error) bool {
	var path *fs.PathError
	return errors.As(err, &path) && (path.Path == os.Stdout.Name() || path.Path == os.Stderr.Name()) &&
		(errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.EIO))
}

// errUnread ends a following that nobody follows.
var errUnread = errors.New("nobody reads the progress any more")

// listened is the environment of a command that only tells: its context ends
// when nobody listens.
func listened(ctx context.Context, env *Env) (context.Context, *Env, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	own := *env
	own.Stderr = watched{env.Stderr, func() { cancel(errUnread) }}
	return ctx, &own, func() { cancel(nil) }
}

// watched is output whose last reader is missed.
type watched struct {
	io.Writer
	missed func()
}

func (w watched) Write(data []byte) (int, error) {
	n, err := w.Writer.Write(data)
	if unread(err) {
		w.missed()
	}
	return n, err
}
