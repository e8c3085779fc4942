package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/headgate-ci/headgate/modules/screen"
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
	// Screen is what Stdout is laid out for, and Colour says that Stderr has
	// colours.
	Screen func() screen.Screen
	Colour bool
}

// screen is what Stdout is laid out for.
func (e *Env) screen() screen.Screen {
	if e.Screen == nil {
		return screen.Screen{}
	}
	return e.Screen()
}

// below is the same of Stderr.
func (e *Env) below() screen.Screen {
	return screen.Screen{Width: e.Width(), Colour: e.Colour}
}

// say writes a line to Stderr behind a label; at a terminal it is broken into
// lines that fit.
func (e *Env) say(label, text string) {
	lines := []string{screen.Log(label + text)}
	if e.Terminal {
		lines = e.below().Note(screen.Note{Label: label, Text: text})
	}
	_, _ = fmt.Fprintln(e.Stderr, strings.Join(lines, "\n"))
}

// OSEnv is the process's own.
func OSEnv() *Env {
	return &Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Terminal: terminal(os.Stderr) && os.Getenv("CI") == "",
		Width:    func() int { return width(os.Stderr) },
		Screen:   func() screen.Screen { return screen.Screen{Width: width(os.Stdout), Colour: coloured(os.Stdout)} },
		Colour:   coloured(os.Stderr),
	}
}

// terminal says that a stream is a terminal which obeys escape sequences.
func terminal(f *os.File) bool {
	return term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// coloured says that a stream shows colours, and that they are wanted
// (https://no-color.org).
func coloured(f *os.File) bool { return terminal(f) && os.Getenv("NO_COLOR") == "" }

// width is a terminal's, 0 where there is none.
func width(f *os.File) int {
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}
