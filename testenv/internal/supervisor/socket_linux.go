package supervisor

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Paths of sockets may have 107 bytes. Folders of caches and of tests are often
// longer, so a socket is reached through a descriptor of its folder.
func throughFolder(path string, do func(short string) error) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close() //nolint:errcheck // only a name
	return do(filepath.Join("/proc/self/fd", strconv.Itoa(int(dir.Fd())), filepath.Base(path)))
}

func listen(path string) (l *net.UnixListener, err error) {
	err = throughFolder(path, func(short string) error {
		l, err = net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l.SetUnlinkOnClose(false) // the supervisor goes on with it
	return l, nil
}

func dial(path string) (conn *net.UnixConn, err error) {
	err = throughFolder(path, func(short string) error {
		conn, err = net.DialUnix("unix", nil, &net.UnixAddr{Name: short, Net: "unix"})
		return err
	})
	return conn, err
}
