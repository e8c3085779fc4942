package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// attachTerminal gives a command a terminal when its streams ask for one. The
// returned function lets go of it.
func attachTerminal(cmd *exec.Cmd, streams Stdio) (func(), error) {
	if streams.Resize == nil {
		return func() {}, nil
	}
	ptmx, tty, err := openTerminal()
	if err != nil {
		return nil, fmt.Errorf("open a terminal: %w", err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr.Setctty = true
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		if streams.Out != nil {
			_, _ = io.Copy(streams.Out, ptmx) // ends with EIO when the last user of the terminal does
		}
	}()
	if streams.In != nil {
		go func() { _, _ = io.Copy(ptmx, streams.In) }()
	}
	go follow(ptmx, streams.Resize)
	return func() {
		_ = tty.Close()
		<-copied
		_ = ptmx.Close()
	}, nil
}

func openTerminal() (ptmx, tty *os.File, err error) {
	ptmx, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(ptmx.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(err, ptmx.Close())
	}
	return ptmx, tty, nil
}

func follow(ptmx *os.File, sizes <-chan Size) {
	for s := range sizes {
		_ = unix.IoctlSetWinsize(int(ptmx.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: s.Height, Col: s.Width})
	}
}
