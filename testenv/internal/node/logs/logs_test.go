package logs

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// create makes a log whose clock goes on by a second a line.
func create(t *testing.T) (*Log, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app", "0.log")
	l, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	n := -1
	l.now = func() time.Time { n++; return start.Add(time.Duration(n) * time.Second) }
	return l, path
}

// write has a container print a text.
func write(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func TestCopyCutsAsAsked(t *testing.T) {
	t.Parallel()
	l, path := create(t)
	out, errs := l.Stream("stdout"), l.Stream("stderr")
	write(t, out, "one\ntw")
	write(t, out, "o\n")
	write(t, errs, "three\n")
	write(t, out, "four")
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		opts Options
		want string
	}{
		"everything, both streams": {Options{Tail: -1}, "one\ntwo\nthree\nfour\n"},
		"the last two lines":       {Options{Tail: 2}, "three\nfour\n"},
		"no line":                  {Options{Tail: 0}, ""},
		"more than there are":      {Options{Tail: 99}, "one\ntwo\nthree\nfour\n"},
		"from a time on":           {Options{Tail: -1, Since: start.Add(2 * time.Second)}, "three\nfour\n"},
		"with times":               {Options{Tail: 1, Timestamps: true}, "2026-01-02T03:04:08.000000000Z four\n"},
		"some bytes":               {Options{Tail: -1, Limit: 6}, "one\ntw"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Copy(t.Context(), path, tt.opts, nil, &b); err != nil || b.String() != tt.want {
				t.Errorf("got %q, %v; want %q", b.String(), err, tt.want)
			}
		})
	}
}

func TestLongLinesComeOutInOnePiece(t *testing.T) {
	t.Parallel()
	l, path := create(t)
	long := strings.Repeat("x", 3*maxLine+5)
	write(t, l.Stream("stdout"), long+"\n")
	var b bytes.Buffer
	if err := Copy(t.Context(), path, Options{Tail: -1}, nil, &b); err != nil || b.String() != long+"\n" {
		t.Errorf("got %d bytes, %v; want %d", b.Len(), err, len(long)+1)
	}
}

func TestFollowGoesOnUntilTheEnd(t *testing.T) {
	t.Parallel()
	l, path := create(t)
	out := l.Stream("stdout")
	write(t, out, "early"+"\n")
	r, w := io.Pipe()
	ended := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		err := Copy(t.Context(), path, Options{Follow: true, Tail: -1}, ended, w)
		_ = w.Close()
		done <- err
	}()
	buf := make([]byte, 64)
	n, err := r.Read(buf)
	if err != nil || string(buf[:n]) != "early\n" {
		t.Fatalf("got %q, %v", buf[:n], err)
	}
	write(t, out, "late"+"\n")
	close(ended)
	rest, err := io.ReadAll(r)
	if err != nil || string(rest) != "late\n" {
		t.Errorf("got %q, %v", rest, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	l, path := create(t)
	write(t, l.Stream("stdout"), "first\nsecond\nthird\n")
	if got := Tail(t.Context(), path, 2, 10); got != "cond\nthird\n"[1:] {
		t.Errorf("got %q", got)
	}
	if got := Tail(t.Context(), path+"x", 2, 10); got != "" {
		t.Errorf("no log: got %q", got)
	}
}
