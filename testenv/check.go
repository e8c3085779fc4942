package testenv

import "github.com/headgate-ci/headgate/testenv/internal/supervisor"

// Check says why no environment can be brought up on this machine; nil when
// one can. The error says what to do about it.
func Check() error {
	_, err := supervisor.Check()
	return err
}
