package markdown_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/internal/sample"
	"github.com/headgate-ci/headgate/modules/report/markdown"
)

func write(t *testing.T, r report.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := markdown.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestASummaryHasWhatOneWantsToKnowFirst(t *testing.T) {
	t.Parallel()
	doc := write(t, sample.RolledBack())
	lines := strings.Split(doc, "\n")
	if !strings.HasPrefix(lines[0], "### ❌ prod/shop: rolled back") || !strings.Contains(lines[2], "gate errors failed") {
		t.Errorf("it begins with %q", lines[:3])
	}
	for _, want := range []string{"| candidate | 3,", "`registry.example.com/shop:2.0.0`", "<details open>", "**errors fail**"} {
		if !strings.Contains(doc, want) {
			t.Errorf("%q is missing in\n%s", want, doc)
		}
	}
	if good := write(t, sample.Promoted()); !strings.Contains(good, "<details><summary>") {
		t.Error("the steps of a good rollout should be folded")
	}
}

func TestCommandsInWhatIsNextStayCommands(t *testing.T) {
	t.Parallel()
	doc := write(t, report.Result{Verdict: report.Held, Next: "`headgate resume shop -n a_b` goes on with *it*"})
	if !strings.Contains(doc, "**Next:** `headgate resume shop -n a_b` goes on with \\*it\\*") {
		t.Error(doc)
	}
}

func TestASummaryQuotesWhatCrashed(t *testing.T) {
	t.Parallel()
	r := sample.Crashed()
	r.Steps[0].Logs = append(r.Steps[0].Logs, "~~~~ <b>out</b> of the block")
	doc := write(t, r)
	if !strings.Contains(doc, "\npanic: open /etc/shop/config.yaml: no such file or directory\n") || strings.Count(doc, "~~~~") != 2 {
		t.Error(doc)
	}
}

func TestASummaryOfARolloutUnderWayHasWhatToDo(t *testing.T) {
	t.Parallel()
	doc := write(t, sample.Unfinished())
	for _, want := range []string{"**As of 2026-03-04 12:00:40 UTC:** step 5 of 6: gate 25%", "`headgate attach shop -n prod` follows it"} {
		if !strings.Contains(doc, want) {
			t.Errorf("%q is missing in\n%s", want, doc)
		}
	}
}

var escaped = regexp.MustCompile(`\\.`)

var code = regexp.MustCompile("`[^`\n]*`")

// TestNoTextBreaksOut: every table keeps its columns, nothing becomes markup,
// and nobody is called.
func TestNoTextBreaksOut(t *testing.T) {
	t.Parallel()
	doc := write(t, sample.Hostile())
	prose := code.ReplaceAllString(escaped.ReplaceAllString(doc, ""), "") // in code, all is literal
	for _, bad := range []string{"<img", "</script", "](http", " @all", "\x1b", "\x00", "\n::error"} {
		if strings.Contains(prose, bad) {
			t.Errorf("%q got through", bad)
		}
	}
	columns := 0
	for line := range strings.Lines(doc) {
		cells := strings.Count(line, "|") - strings.Count(line, `\|`)
		switch {
		case !strings.HasPrefix(line, "|"):
			columns = 0
		case columns == 0:
			columns = cells
		case cells != columns:
			t.Errorf("a row of %d cells in a table of %d: %s", cells-1, columns-1, line)
		}
	}
}
