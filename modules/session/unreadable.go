package session

import (
	"context"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// unreadable stands in for metrics that cannot be opened: putting things back
// must not depend on them.
type unreadable struct{ err error }

func (u unreadable) Read(context.Context) (evidence.Reading, error) {
	return evidence.Reading{}, u.err
}

func (unreadable) Close() error { return nil }
