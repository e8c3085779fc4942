package cli

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/headgate-ci/headgate/modules/screen"
	"github.com/headgate-ci/headgate/modules/session"
)

func rows() []session.Row {
	return []session.Row{
		{Status: &session.Status{Namespace: "payments", Release: "checkout", Phase: "held", Step: "capacity for 25%", Weight: 25, Started: time.Now().Add(-time.Hour),
			Driver: "gitlab-runner@runner-7f9c/1a2b3c4d", Reason: "gate errors has not decided within 10m0s: candidate fails 0.4% of 1,204 requests, stable 0.1% of 23,100; not yet proven within or beyond 1%"}},
		{Status: &session.Status{Namespace: "payments", Release: "ledger", Phase: "promoted", Started: time.Now().Add(-time.Minute)}},
		{Journal: "payments/headgate-old", Error: errors.New("decode the rollout's journal: it was edited or cut short").Error()},
	}
}

func listOf(t *testing.T, on screen.Screen) []string {
	t.Helper()
	var b strings.Builder
	if err := printList(&b, on, rows()); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
}

func TestAListFitsATerminal(t *testing.T) {
	t.Parallel()
	lines := listOf(t, screen.Screen{Width: 80})
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	all := strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
	for _, want := range []string{"payments checkout held 25% capacity for 25%", "driver gitlab-runner@runner-7f9c/1a2b3c4d", "not yet proven within or beyond 1%", "unreadable"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q was cut:\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

// TestAListIsALineEachForPrograms is for grep and awk.
func TestAListIsALineEachForPrograms(t *testing.T) {
	t.Parallel()
	if lines := listOf(t, screen.Screen{}); len(lines) != 4 || !strings.HasSuffix(lines[1], "beyond 1%") {
		t.Errorf("%d lines for three rollouts and a head:\n%s", len(lines), strings.Join(lines, "\n"))
	}
}
