package binaries

import (
	"bufio"
	"bytes"
	"context"
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

// builder compiles programs from a tools module.
type builder struct {
	what     string // what messages call the programs
	src, bin string // folders: the module, and what is built
	flags    []string
	tell     progress.Func
	began    time.Time
}

// between is the time between two messages about a build.
const between = 10 * time.Second

// compile builds programs in one go, which shares what they have in common.
func (b *builder) compile(ctx context.Context, ps []program) error {
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("%s are built by the Go toolchain, and there is no `go` on PATH: install Go 1.26 or newer", b.what)
	}
	if err := os.MkdirAll(b.bin, 0o700); err != nil {
		return err
	}
	b.began = time.Now()
	total, err := b.stale(ctx, ps)
	if err != nil {
		return err
	}
	args := append([]string{"build", "-v", "-o", b.bin + string(filepath.Separator)}, b.flags...)
	if err := b.follow(b.golang(ctx, append(args, packages(ps)...)...), total); err != nil {
		return fmt.Errorf("build %s: %w", b.what, err)
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
	b.say(progress.Event{What: "getting the sources of " + b.what})
	args := append([]string{"list", "-deps", "-f", "{{if .Stale}}x{{end}}"}, b.flags...)
	cmd := b.golang(ctx, append(args, packages(ps)...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("get the sources of %s: %w\n%s", b.what, err, tail(stderr.Bytes()))
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
	event := progress.Event{What: "building " + b.what, Total: total, Unit: "packages"}
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

// deliver moves a program that was built to its place. Users of containers run
// it, whatever the umask was.
func (b *builder) deliver(p program, to string) error {
	if err := os.Chmod(b.output(p), 0o755); err != nil { //nolint:gosec // see above
		return err
	}
	return os.Rename(b.output(p), to)
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

// module is the folder of a module that the tools module requires.
func (b *builder) module(ctx context.Context, path string) (string, error) {
	dir, err := b.golang(ctx, "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		return "", fmt.Errorf("find the module %s: %w", path, err)
	}
	return strings.TrimSpace(string(dir)), nil
}

// flags are those that the mesh's binaries are built with.
func flags() []string { return []string{"-tags", tags, "-ldflags", ldflags} }

func packages(ps []program) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.pkg
	}
	return out
}

func tail(out []byte) []byte { return out[max(0, len(out)-2000):] }
