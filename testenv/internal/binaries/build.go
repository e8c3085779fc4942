package binaries

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// builder compiles programs from the tools module.
type builder struct {
	src, bin string // folders: the module laid out, and what is built
	tell     progress.Func
	began    time.Time
}

// between is the time between two messages about a build.
const between = 10 * time.Second

// compile builds programs in one go, which shares what they have in common.
func (b *builder) compile(ctx context.Context, ps []program) error {
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("the mesh's binaries are built by the Go toolchain, and there is no `go` on PATH: install Go 1.26 or newer")
	}
	if err := layOut(b.src); err != nil {
		return fmt.Errorf("lay out the tools module: %w", err)
	}
	if err := os.MkdirAll(b.bin, 0o700); err != nil {
		return err
	}
	b.began = time.Now()
	total, err := b.stale(ctx, ps)
	if err != nil {
		return err
	}
	args := append([]string{"build", "-v", "-o", b.bin + string(filepath.Separator)}, flags()...)
	if err := b.follow(b.golang(ctx, append(args, packages(ps)...)...), total); err != nil {
		return fmt.Errorf("build the mesh's binaries: %w", err)
	}
	return nil
}

func (b *builder) say(e progress.Event) {
	e.Elapsed = time.Since(b.began)
	b.tell(e)
}

// stale is how many packages will have to be compiled. It downloads the
// modules.
func (b *builder) stale(ctx context.Context, ps []program) (int, error) {
	b.say(progress.Event{What: "getting the sources of the mesh's binaries"})
	args := append([]string{"list", "-deps", "-f", "{{if .Stale}}x{{end}}"}, flags()...)
	cmd := b.golang(ctx, append(args, packages(ps)...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("get the sources of the mesh's binaries: %w\n%s", err, tail(stderr.Bytes()))
	}
	return bytes.Count(out, []byte("x")), nil
}

// follow runs a verbose build and counts the packages that it names.
func (b *builder) follow(cmd *exec.Cmd, total int) error {
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	said := b.count(pipe, total)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// pkgPath is what a line of a verbose build looks like that names a package.
var pkgPath = regexp.MustCompile(`^[a-zA-Z0-9][^ :#]*$`)

// count reads a build's messages to their end and returns those that do not
// name a package: what went wrong.
func (b *builder) count(r io.Reader, total int) string {
	event := progress.Event{What: "building the mesh's binaries", Total: total, Unit: "packages"}
	b.say(event)
	said := time.Now()
	var other []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if !pkgPath.MatchString(lines.Text()) {
			other = append(other, lines.Text())[max(0, len(other)-20):]
			continue
		}
		event.Done = min(event.Done+1, total)
		if time.Since(said) >= between {
			said = time.Now()
			b.say(event)
		}
	}
	_, _ = io.Copy(io.Discard, r) // a line too long must not stop the build
	return strings.Join(other, "\n")
}

// output is where the Go tool puts a program: under the package's name, or the
// one before it where that is a version.
func (b *builder) output(p program) string {
	dir, last := path.Split(p.pkg)
	if majorVersion.MatchString(last) {
		last = path.Base(dir)
	}
	return filepath.Join(b.bin, last)
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// golang runs the Go tool in the tools module, away from any workspace or flags
// of the caller's.
func (b *builder) golang(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.src
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false")
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func flags() []string { return []string{"-tags", tags, "-ldflags", ldflags} }

func packages(ps []program) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.pkg
	}
	return out
}

func tail(out []byte) []byte { return out[max(0, len(out)-2000):] }
