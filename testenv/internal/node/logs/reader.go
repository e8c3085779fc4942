package logs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Options are those of "kubectl logs".
type Options struct {
	Follow     bool
	Timestamps bool
	Tail       int64 // lines from the end; all when negative
	Since      time.Time
	Limit      int64 // bytes; 0 for no limit
}

// poll is how often a followed log is looked at.
const poll = 100 * time.Millisecond

// Copy writes a log. With Follow it goes on until ended is closed, ctx ends or
// the reader goes away.
func Copy(ctx context.Context, path string, opts Options, ended <-chan struct{}, w io.Writer) error {
	f, err := os.Open(path) //nolint:gosec // the node names its logs
	if err != nil {
		return fmt.Errorf("container log: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	if err := seekTail(f, opts.Tail); err != nil {
		return fmt.Errorf("container log: %w", err)
	}
	out := &limited{w: w, left: opts.Limit, on: opts.Limit > 0}
	err = copyLines(ctx, f, opts, ended, out)
	if errors.Is(err, errLimit) {
		return nil
	}
	return err
}

func copyLines(ctx context.Context, f io.Reader, opts Options, ended <-chan struct{}, out io.Writer) error {
	r := bufio.NewReader(f)
	var line []byte
	last := false
	for {
		part, err := r.ReadBytes('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			if err := writeLine(out, line, opts); err != nil {
				return err
			}
			line = line[:0]
		case !errors.Is(err, io.EOF):
			return fmt.Errorf("container log: %w", err)
		case !opts.Follow || last || ctx.Err() != nil:
			return nil
		default:
			last = wait(ctx, ended)
		}
	}
}

// wait returns true when nothing more will come after what is there.
func wait(ctx context.Context, ended <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return true
	case <-ended:
		return true
	case <-time.After(poll):
		return false
	}
}

// writeLine takes the time, stream and tag off a line.
func writeLine(w io.Writer, line []byte, opts Options) error {
	stamp, rest, _ := bytes.Cut(line, []byte(" "))
	_, rest, _ = bytes.Cut(rest, []byte(" "))
	tag, text, ok := bytes.Cut(rest, []byte(" "))
	if !ok {
		return nil
	}
	if !opts.Since.IsZero() {
		if at, err := time.Parse(time.RFC3339Nano, string(stamp)); err == nil && at.Before(opts.Since) {
			return nil
		}
	}
	if string(tag) == "P" {
		text = bytes.TrimSuffix(text, []byte("\n"))
	}
	if opts.Timestamps {
		text = append(append(bytes.Clone(stamp), ' '), text...)
	}
	_, err := w.Write(text)
	return err
}

// seekTail goes to the n-th line from the end.
func seekTail(f *os.File, n int64) error {
	if n < 0 {
		return nil
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	const block = 4096
	buf := make([]byte, block)
	for at := end; at > 0; {
		size := min(block, at)
		at -= size
		if _, err := f.ReadAt(buf[:size], at); err != nil {
			return err
		}
		for i := size - 1; i >= 0; i-- {
			// The newline at the very end ends the last line and begins none.
			if buf[i] != '\n' || at+i == end-1 && n > 0 {
				continue
			}
			if n--; n <= 0 {
				_, err := f.Seek(at+i+1, io.SeekStart)
				return err
			}
		}
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

var errLimit = errors.New("limit reached")

// limited stops after a number of bytes.
type limited struct {
	w    io.Writer
	left int64
	on   bool
}

func (l *limited) Write(p []byte) (int, error) {
	if !l.on {
		return l.w.Write(p)
	}
	cut := int64(len(p)) >= l.left
	if cut {
		p = p[:l.left]
	}
	n, err := l.w.Write(p)
	l.left -= int64(n)
	if err == nil && cut {
		err = errLimit
	}
	return n, err
}

// Tail returns the last lines of a log as text, at most the given number of
// lines and bytes; nothing when there is no log.
func Tail(ctx context.Context, path string, lines, limit int64) string {
	var b bytes.Buffer
	if err := Copy(ctx, path, Options{Tail: lines}, nil, &b); err != nil {
		return ""
	}
	text := b.Bytes()
	if over := int64(len(text)) - limit; over > 0 {
		text = text[over:]
	}
	return string(text)
}
