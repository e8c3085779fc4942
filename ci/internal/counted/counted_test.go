package counted_test

import (
	"testing"

	"github.com/headgate-ci/headgate/ci/internal/counted"
)

// A test command that runs nothing ends with 0 in many languages.
func TestNoTestsAreNotTakenForGoodOnes(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct{ output, want string }{
		"go: no package has tests":        {"?   \tshop\t[no test files]\n?   \tshop/cart\t[no test files]\n", "go test"},
		"go: the pattern fits none":       {"testing: warning: no tests to run\nPASS\nok  \tshop\t0.002s [no tests to run]\n", "go test"},
		"go: one package has some":        {"?   \tshop\t[no test files]\nok  \tshop/cart\t0.113s\n", ""},
		"go: from the cache":              {"?   \tshop\t[no test files]\nok  \tshop/cart\t(cached)\n", ""},
		"go: with coverage":               {"?   \tshop\t[no test files]\nok  \tshop/cart\t0.113s\tcoverage: 80.0% of statements\n", ""},
		"node: the files are not there":   {"TAP version 13\n1..0\n# tests 0\n# suites 0\n# pass 0\n", "node --test"},
		"node: at a terminal":             {"\x1b[34mℹ tests 0\x1b[39m\n\x1b[34mℹ pass 0\x1b[39m\n", "node --test"},
		"node: some":                      {"# tests 12\n# pass 12\n", ""},
		"jest":                            {"No tests found, exiting with code 0\n", "jest"},
		"jest: some":                      {"Tests:       3 passed, 3 total\n", ""},
		"vitest":                          {"No test files found, exiting with code 0\n", "vitest"},
		"mocha":                           {"\n\n  0 passing (1ms)\n", "mocha"},
		"mocha: some":                     {"\n  2 passing (4ms)\n", ""},
		"pytest":                          {"collected 0 items\n\n==== no tests ran in 0.01s ====\n", "pytest"},
		"pytest: some":                    {"collected 3 items\n\n==== 3 passed in 0.10s ====\n", ""},
		"unittest":                        {"Ran 0 tests in 0.000s\n\nOK\n", "unittest"},
		"cargo: no unit and no doc tests": {"running 0 tests\n\ntest result: ok. 0 passed\n\nrunning 0 tests\n", "cargo test"},
		"cargo: no doc tests":             {"running 4 tests\n\nrunning 0 tests\n", ""},
		"gradle":                          {"> Task :compileTestJava NO-SOURCE\n> Task :test NO-SOURCE\n", "gradle"},
		"maven":                           {"[INFO] No tests to run.\n", "maven"},
		"one runner of two has some":      {"# tests 0\n\nTests:       3 passed, 3 total\n", ""},
		"a runner that nobody knows":      {"all fine\n", ""},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			if got := counted.None(c.output); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
