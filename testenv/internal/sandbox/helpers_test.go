package sandbox_test

import (
	"io"
	"strings"
	"sync"
)

// watch closes seen when want has been written.
type watch struct {
	io.Writer
	want string
	seen chan struct{}
	text strings.Builder
	once sync.Once
}

func (w *watch) Write(p []byte) (int, error) {
	w.text.Write(p)
	if strings.Contains(w.text.String(), w.want) {
		w.once.Do(func() { close(w.seen) })
	}
	return w.Writer.Write(p)
}
