package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// far tells how far a computation has come, on standard error: once a second at
// a terminal, every ten seconds in a log.
type far struct {
	env   *Env
	live  bool
	quiet bool
	title string

	mu    sync.Mutex
	drawn time.Time
}

func newFar(env *Env, g *Globals, title string) *far {
	live := g.Progress == "live" || g.Progress == "auto" && env.Terminal
	return &far{env: env, title: title, live: live, quiet: g.Progress == "none", drawn: time.Now()}
}

// show may be called from several goroutines.
func (f *far) show(done float64) {
	every := 10 * time.Second
	if f.live {
		every = time.Second
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.quiet || time.Since(f.drawn) < every {
		return
	}
	f.drawn = time.Now()
	if f.live {
		_, _ = fmt.Fprintf(f.env.Stderr, "\r%s %3.0f%%", f.title, 100*done)
		return
	}
	_, _ = fmt.Fprintf(f.env.Stderr, "%s: %.0f%% done\n", f.title, 100*done)
}

func (f *far) close() {
	if f.live && !f.quiet {
		_, _ = fmt.Fprint(f.env.Stderr, "\r\x1b[K")
	}
}

// writeHTML writes a page to a file; no name writes none.
func writeHTML(name string, page func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.Create(name) //nolint:gosec // the user names the file to be written
	if err != nil {
		return err
	}
	if err := page(file); err != nil {
		_ = file.Close()
		return fmt.Errorf("write %s: %w", name, err)
	}
	return file.Close()
}
