// Package sandboxtest runs a package's tests inside namespaces of their own, as
// the supervisor of an environment would be: as root of a new PID, network and
// mount namespace, and of a new user namespace when the tests have no root.
// Nothing that such tests start or configure can reach the machine.
package sandboxtest

import (
	"os"
	"testing"
)

// inside is set in the environment of a test process that was moved.
const inside = "HEADGATE_TEST_INSIDE"

// Need skips the test, with the reason, where namespaces cannot be had.
func Need(t testing.TB) {
	t.Helper()
	if why := os.Getenv(inside); why != yes {
		t.Skipf("needs root or user namespaces on Linux: %s", why)
	}
}

// Rootless tells whether the tests run in a user namespace with one user.
func Rootless() bool { return os.Getenv(rootless) == yes }

const (
	yes      = "yes"
	rootless = "HEADGATE_TEST_ROOTLESS"
)
