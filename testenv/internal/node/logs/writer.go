// Package logs keeps what containers print, in the format of container
// runtimes: a line each with its time and stream, so that "kubectl logs" can cut
// it by time and length.
package logs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Log is the file of one run of a container. It may be read while it grows.
type Log struct {
	mu   sync.Mutex
	file *os.File
	now  func() time.Time
}

// maxLine is the longest line kept in one piece, in bytes.
const maxLine = 16 << 10

// Create makes the file and its folder, and removes what was there.
func Create(path string) (*Log, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("container log: %w", err)
	}
	f, err := os.Create(path) //nolint:gosec // the node names its logs
	if err != nil {
		return nil, fmt.Errorf("container log: %w", err)
	}
	return &Log{file: f, now: time.Now}, nil
}

// Stream takes what a container prints to "stdout" or "stderr". Close it to
// write a last line that has no end.
func (l *Log) Stream(name string) io.WriteCloser { return &stream{log: l, name: name} }

// Close ends the log.
func (l *Log) Close() error { return l.file.Close() }

func (l *Log) line(stream string, text []byte, whole bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	tag := "F"
	if !whole {
		tag = "P"
	}
	_, err := fmt.Fprintf(l.file, "%s %s %s %s\n", l.now().UTC().Format(timeFormat), stream, tag, text)
	return err
}

// timeFormat has nine digits always, so that lines sort by time.
const timeFormat = "2006-01-02T15:04:05.000000000Z07:00"

type stream struct {
	log  *Log
	name string
	rest []byte
}

func (s *stream) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for {
		text, whole := s.next()
		if text == nil {
			return len(p), nil
		}
		if err := s.log.line(s.name, text, whole); err != nil {
			return 0, err
		}
	}
}

// next cuts a line off the front, or a piece of one that is too long.
func (s *stream) next() (text []byte, whole bool) {
	switch i := bytes.IndexByte(s.rest, '\n'); {
	case i >= 0 && i <= maxLine:
		text, s.rest = s.rest[:i:i], s.rest[i+1:]
		return text, true
	case len(s.rest) > maxLine:
		text, s.rest = s.rest[:maxLine:maxLine], s.rest[maxLine:]
		return text, false
	}
	return nil, false
}

func (s *stream) Close() error {
	if len(s.rest) == 0 {
		return nil
	}
	text := s.rest
	s.rest = nil
	return s.log.line(s.name, text, true)
}
