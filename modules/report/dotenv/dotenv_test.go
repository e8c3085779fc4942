package dotenv_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/dotenv"
	"github.com/headgate-ci/headgate/modules/report/internal/sample"
)

func write(t *testing.T, r report.Result, code int) string {
	t.Helper()
	var b bytes.Buffer
	if err := dotenv.Write(&b, r, code); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLaterJobsLearnTheVerdict(t *testing.T) {
	t.Parallel()
	got := write(t, sample.RolledBack(), 3)
	for _, want := range []string{"HEADGATE_VERDICT=rolledBack\n", "HEADGATE_EXIT_CODE=3\n", "HEADGATE_ID=4f1c22ab\n",
		"HEADGATE_FROM=registry.example.com/shop:1.0.0\n", "HEADGATE_TO=registry.example.com/shop:2.0.0\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestNoValueMeansAnythingToAShell: a job may source the file.
func TestNoValueMeansAnythingToAShell(t *testing.T) {
	t.Parallel()
	line := regexp.MustCompile(`^HEADGATE_[A-Z_]+=[A-Za-z0-9][A-Za-z0-9._:/@+-]*$`)
	got := strings.TrimSuffix(write(t, sample.Hostile(), 3), "\n")
	for l := range strings.SplitSeq(got, "\n") {
		if !line.MatchString(l) {
			t.Errorf("unsafe: %q", l)
		}
	}
	if strings.Contains(got, "HEADGATE_FROM") || !strings.Contains(got, "HEADGATE_VERDICT=rolledBack") {
		t.Errorf("the unsafe are left out, the others stay:\n%s", got)
	}
}
