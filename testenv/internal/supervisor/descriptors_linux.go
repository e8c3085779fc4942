package supervisor

import (
	"fmt"
	"net"
	"os"
)

// The descriptors that the init and the supervisor find open.
const (
	fdReport  = 3 + iota // messages while starting
	fdLife               // says by its end that the starter is gone
	fdLock               // the lock on the environment's folder
	fdControl            // listener of the control socket
	fdAPI                // listeners on the machine
	fdGateway
	fdPrometheus
	fdEnd
)

// inherit is the listener behind a descriptor.
func inherit(fd int, name string) (net.Listener, error) {
	f := os.NewFile(uintptr(fd), name)
	defer f.Close() //nolint:errcheck // the listener has a copy
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("listener of the %s: %w", name, err)
	}
	return l, nil
}

// bequeath is a listener as a file for a child.
func bequeath(l net.Listener) (*os.File, error) {
	switch l := l.(type) {
	case *net.TCPListener:
		return l.File()
	case *net.UnixListener:
		return l.File()
	default:
		return nil, fmt.Errorf("listener of type %T cannot be handed on", l)
	}
}
