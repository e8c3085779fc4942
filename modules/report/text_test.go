package report_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/internal/sample"
	"github.com/headgate-ci/headgate/modules/screen"
)

var update = flag.Bool("update", false, "write the golden files anew")

func textOf(t *testing.T, on screen.Screen, r report.Result) string {
	t.Helper()
	var b strings.Builder
	if err := report.Text(&b, on, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// results are those that people see most.
func results() map[string]report.Result {
	return map[string]report.Result{
		"promoted": sample.Promoted(), "rolled-back": sample.RolledBack(), "crashed": sample.Crashed(), "hostile": sample.Hostile(),
		"not-begun": {Release: "shop", Verdict: report.Errored, Reason: "no cluster: name a kubeconfig with --kubeconfig", Next: "run `headgate cluster up` for one on this machine"},
	}
}

func TestTextIsAsPeopleKnowIt(t *testing.T) {
	t.Parallel()
	for name, r := range results() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, got := "testdata/text/"+name+".txt", textOf(t, screen.Screen{}, r)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-was +is; -update writes it anew):\n%s", diff)
			}
		})
	}
}

// What no gate was shown is told apart from what they judged.
func TestTheWarmUpHasARowOfItsOwn(t *testing.T) {
	t.Parallel()
	r := sample.Promoted()
	if strings.Contains(textOf(t, screen.Screen{}, r), "warm-up") {
		t.Error("a warm-up is told of where there was none")
	}
	r.Warmup = &report.Side{Requests: 4321, Errors: 12}
	if text := textOf(t, screen.Screen{}, r); !strings.Contains(text, "of it warm-up") || !strings.Contains(text, "4,321") {
		t.Errorf("the warm-up's totals are missing:\n%s", text)
	}
}

func TestTextFitsTheScreen(t *testing.T) {
	t.Parallel()
	for _, width := range []int{0, 80, 100, 200} {
		on := screen.Screen{Width: width}
		for _, name := range []string{"promoted", "rolled-back", "not-begun"} {
			for line := range strings.Lines(textOf(t, on, results()[name])) {
				if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > on.Columns() {
					t.Errorf("%s: %d columns on a screen of %d: %s", name, n, on.Columns(), line)
				}
			}
		}
	}
}

// TestTheVerdictIsTheLastThingOnTheScreen: what scrolls away are the tables.
func TestTheVerdictIsTheLastThingOnTheScreen(t *testing.T) {
	t.Parallel()
	r := sample.RolledBack()
	r.Next = "fix the version, then `headgate run`"
	text := textOf(t, screen.Screen{}, r)
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	end := strings.Join(lines[len(lines)-8:], "\n")
	for _, want := range []string{"✗ prod/shop: rolled back; the old version serves all traffic", "  why ", "  next     fix the version, then `headgate run`"} {
		if !strings.Contains(end, want) {
			t.Errorf("%q is not at the end:\n%s", want, end)
		}
	}
	if !strings.HasPrefix(lines[len(lines)-1], "  next ") {
		t.Errorf("what to do now stands last, and not %q", lines[len(lines)-1])
	}
}

func TestColoursAreThereWhereTheyAreShown(t *testing.T) {
	t.Parallel()
	bad, good := "\x1b[31m✗ prod/shop: rolled back", "\x1b[32m✓ prod/shop: promoted"
	if text := textOf(t, screen.Screen{Colour: true}, sample.RolledBack()); !strings.Contains(text, bad) {
		t.Errorf("a rollback is not red: %q", text)
	}
	if text := textOf(t, screen.Screen{Colour: true}, sample.Promoted()); !strings.Contains(text, good) {
		t.Errorf("a promotion is not green: %q", text)
	}
}

// TestTextCannotBreakOut: a terminal and a CI system obey what stands in their
// text, whoever wrote it.
func TestTextCannotBreakOut(t *testing.T) {
	t.Parallel()
	for _, width := range []int{0, 40, 60, 77, 100} {
		text := textOf(t, screen.Screen{Width: width}, sample.Hostile())
		if strings.Contains(text, "\x1b") {
			t.Error("what a Pod logged reaches the terminal as it is")
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("GitHub obeys this line: %s", line)
			}
		}
	}
}
