package session

import (
	"context"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
)

// later opens a source when it is first read: whoever puts things back moves the
// traffic first, however long the metrics take to answer.
type later struct {
	open   func(context.Context) (metrics.Reader, error)
	reader metrics.Reader
}

// Read fails as long as the source cannot be opened.
func (l *later) Read(ctx context.Context) (evidence.Reading, error) {
	if l.reader == nil {
		reader, err := l.open(ctx)
		if err != nil {
			return evidence.Reading{}, err
		}
		l.reader = reader
	}
	return l.reader.Read(ctx)
}

// Close ends what was opened.
func (l *later) Close() error {
	if l.reader == nil {
		return nil
	}
	return l.reader.Close()
}
