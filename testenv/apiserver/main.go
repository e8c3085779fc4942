package apiserver

import "testing"

// Main runs a package's tests and waits until the API server is gone, if there
// was one; call it from TestMain as os.Exit(apiserver.Main(m)). Without it the
// server goes all the same, a moment after the tests.
func Main(m *testing.M) int {
	code := m.Run()
	if s, err := shared.started(); s != nil && err == nil {
		s.guard.end()
	}
	return code
}
