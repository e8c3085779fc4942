//go:build !linux

package svcproxy

import "github.com/headgate-ci/headgate/testenv/internal/sandbox"

func apply(Config, []Forward) error { return sandbox.ErrUnsupported }
