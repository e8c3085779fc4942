package supervisor

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLockTellsWhoIsAlive(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "env")
	if Alive(dir) {
		t.Error("a folder that is not there is alive")
	}
	lock, err := TryLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !Alive(dir) {
		t.Error("a locked folder is not alive")
	}
	if _, err := TryLock(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("locked twice: %v", err)
	}
	watch, err := NewWatch(dir)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- watch.AwaitEnd(t.Context()) }()
	if err := errors.Join(os.Remove(dir), lock.Close()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-ended, watch.Close()); err != nil {
		t.Error(err)
	}
	if Alive(dir) {
		t.Error("it is alive after its end")
	}
}

func TestSocketInAFolderWithALongName(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "control.sock")
	l, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // of the test
	conn, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestKillAllRefusesOutsideOfItsNamespace(t *testing.T) {
	t.Parallel()
	if err := killAll(); err == nil {
		t.Fatal("it would have killed this machine's processes")
	}
}

func TestPortsInUseAreNamed(t *testing.T) {
	t.Parallel()
	loopback := net.IPv4(127, 0, 0, 1)
	doors, err := Open(loopback, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer doors.Close()
	taken := doors.API.Addr().(*net.TCPAddr).Port
	if _, err := Open(loopback, 0, taken, 0); err == nil || !strings.Contains(err.Error(), "gateway") {
		t.Errorf("the error does not say for what port %d was wanted: %v", taken, err)
	}
}
