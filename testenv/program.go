package testenv

import (
	"errors"
	"io"
	"os"

	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// copyProgram stores this program's file, which may be gone soon: `go run` and
// `go test` remove it.
func copyProgram(to string) (err error) {
	in, err := os.Open(reexec.Program())
	if err != nil {
		return err
	}
	defer in.Close()                                                       //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // a folder of ours
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Chmod(0o755) // users of containers run it, whatever the umask is
}
