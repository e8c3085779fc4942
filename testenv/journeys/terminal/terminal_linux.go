// Package terminal makes terminals that a journey can close, as a window or a
// connection is closed.
package terminal

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Terminal is one that no person sits at.
type Terminal struct {
	// File is the person's side: what is written on the screen is read from it.
	*os.File
	inside *os.File
}

// Open makes a terminal.
func Open() (*Terminal, error) {
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("open a terminal: %w", err)
	}
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0)
	}
	var inside *os.File
	if err == nil {
		inside, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		_ = screen.Close() // nothing was written to it
		return nil, fmt.Errorf("open a terminal: %w", err)
	}
	return &Terminal{screen, inside}, nil
}

// Run has a command run at the terminal, as its shell would be, and returns the
// command's side, to be closed when the command has begun.
func (t *Terminal) Run(cmd *exec.Cmd) io.Closer {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = t.inside, t.inside, t.inside
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return t.inside
}
