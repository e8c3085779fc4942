package supervisor

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// forward connects everybody who comes to a listener with an address inside,
// until ctx ends.
func forward(ctx context.Context, log *slog.Logger, l net.Listener, to string) {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Warn("cannot accept", "for", to, "error", err)
			time.Sleep(10 * time.Millisecond) // descriptors may be short
			continue
		}
		go connect(ctx, log, conn, to)
	}
}

func connect(ctx context.Context, log *slog.Logger, outer net.Conn, to string) {
	defer outer.Close() //nolint:errcheck // both sides were copied to their ends
	dialer := net.Dialer{Timeout: 5 * time.Second}
	inner, err := dialer.DialContext(ctx, "tcp", to)
	if err != nil {
		log.Warn("cannot connect", "to", to, "error", err)
		return
	}
	defer inner.Close() //nolint:errcheck // as above
	var both sync.WaitGroup
	both.Go(func() { pass(inner, outer) })
	both.Go(func() { pass(outer, inner) })
	both.Wait()
}

// pass copies one direction, and ends it on the other side too.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil || !ok {
		_ = to.Close()
		return
	}
	_ = half.CloseWrite() // the other side may be gone
}
