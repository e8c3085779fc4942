package testenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/headgate-ci/headgate/testenv/internal/supervisor"
)

// Stdio are a command's standard streams. A nil one leads nowhere; a file, such
// as a terminal, is used by the command itself.
type Stdio struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Run runs a command of this machine in the environment's network, where
// Services and Pods are reached by their names and addresses, with KUBECONFIG
// set. It returns the command's exit code, 128 and the signal's number when a
// signal ended it. Signals to this process go to the command, and when ctx ends
// it is killed.
func (e *Env) Run(ctx context.Context, argv []string, stdio Stdio) (int, error) {
	s := streams{}
	defer s.close()
	files, err := s.open(stdio)
	if err != nil {
		return 0, fmt.Errorf("environment %q: %w", e.Name, err)
	}
	code, err := supervisor.Run(ctx, e.Dir, argv, files)
	s.finish()
	if err != nil {
		return code, fmt.Errorf("environment %q: %w", e.Name, err)
	}
	return code, nil
}

// streams turns readers and writers into files, by pipes.
type streams struct {
	theirs  []*os.File // given to the command, closed here
	ours    []*os.File
	writers sync.WaitGroup
}

func (s *streams) open(stdio Stdio) (files [3]*os.File, err error) {
	if files[0], err = s.input(stdio.Stdin); err != nil {
		return files, err
	}
	if files[1], err = s.output(stdio.Stdout); err != nil {
		return files, err
	}
	files[2], err = s.output(stdio.Stderr)
	return files, err
}

func (s *streams) input(r io.Reader) (*os.File, error) {
	if f, ok := r.(*os.File); ok {
		return f, nil
	}
	if r == nil {
		return s.nowhere()
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.theirs, s.ours = append(s.theirs, theirs), append(s.ours, ours)
	go func() {
		_, _ = io.Copy(ours, r) // the command need not read all of it
		_ = ours.Close()
	}()
	return theirs, nil
}

func (s *streams) output(w io.Writer) (*os.File, error) {
	if f, ok := w.(*os.File); ok {
		return f, nil
	}
	if w == nil {
		return s.nowhere()
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.theirs, s.ours = append(s.theirs, theirs), append(s.ours, ours)
	s.writers.Go(func() { _, _ = io.Copy(w, ours) }) // a writer that fails loses output only
	return theirs, nil
}

func (s *streams) nowhere() (*os.File, error) {
	f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err == nil {
		s.theirs = append(s.theirs, f)
	}
	return f, err
}

// finish waits for the rest of the output.
func (s *streams) finish() {
	_ = closeFiles(s.theirs)
	s.theirs = nil
	s.writers.Wait()
}

func (s *streams) close() { _ = errors.Join(closeFiles(s.theirs), closeFiles(s.ours)) }

func closeFiles(files []*os.File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
