//go:build !linux

package sandboxtest

import (
	"os"
	"runtime"
	"testing"
)

// Main is for TestMain; outside of Linux it only runs the tests.
func Main(m *testing.M, _ ...func() error) {
	_ = os.Setenv(inside, "this is "+runtime.GOOS)
	os.Exit(m.Run())
}
