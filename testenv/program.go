package testenv

import (
	"os"

	"github.com/headgate-ci/headgate/testenv/executable"
	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// copyProgram stores this program's file, which may be gone soon: `go run` and
// `go test` remove it. Users of containers run it, too.
func copyProgram(to string) error {
	in, err := os.Open(reexec.Program())
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	return executable.Write(to, in)
}
