package cli

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"done as asked", nil, 0},
		{"promoted is success", verdictError(report.Promoted, nil), 0},
		{"rolled back is not an error of the program", verdictError(report.RolledBack, nil), 3},
		{"held waits for a person", verdictError(report.Held, nil), 4},
		{"aborted", verdictError(report.Aborted, nil), 5},
		{"promoted, but the record could not be written", verdictError(report.Promoted, errors.New("x")), 1},
		{"somebody else drives", fmt.Errorf("run: %w", &journal.HeldError{}), 4},
		{"interrupted before anything began", context.Canceled, 5},
		{"a mistake in what was typed", usageError("x"), 80},
		{"anything else", errors.New("x"), 1},
		{"rollback that rolled back did what was asked", askedFor("rollback", report.RolledBack), 0},
		{"rollback that found a promoted version did not", askedFor("rollback", report.Promoted), 1},
		{"promote that was held did not", askedFor("promote", report.Held), 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := codeOf(tt.err); got != tt.want {
				t.Errorf("exit code %d, want %d", got, tt.want)
			}
		})
	}
}
