//go:build !linux

package capture

import "github.com/headgate-ci/headgate/testenv/internal/sandbox"

// Apply fails with sandbox.ErrUnsupported.
func Apply(int, Rules) error { return sandbox.ErrUnsupported }
