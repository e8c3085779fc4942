package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Env is everything a command takes from the process around it, so that a test
// can own it.
type Env struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	// Terminal says that Stderr is a person's terminal.
	Terminal bool
	// Width is the terminal's, 0 when unknown.
	Width func() int
}

// OSEnv is the process's own.
func OSEnv() *Env {
	fd := int(os.Stderr.Fd())
	return &Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Terminal: term.IsTerminal(fd) && os.Getenv("TERM") != "dumb" && os.Getenv("CI") == "",
		Width: func() int {
			w, _, err := term.GetSize(fd)
			if err != nil {
				return 0
			}
			return w
		},
	}
}
