package screen_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-ci/headgate/modules/screen"
)

func TestLinesBreakBetweenWords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason, text string
		columns      int
		want         []string
	}{
		"short": {"what fits is one line", "all is well", 20, []string{"all is well"}},
		"long":  {"a word is never cut", "the candidate fails 5% of 180 requests", 16, []string{"the candidate", "fails 5% of 180", "requests"}},
		"reference": {"an image's name is longer than the line and stays whole", "to registry.example.com/shop:2.0.0 now", 12,
			[]string{"to", "registry.example.com/shop:2.0.0", "now"}},
		"command":  {"a command is there to be copied", "then run `headgate resume shop -n demo` to go on", 34, []string{"then run", "`headgate resume shop -n demo` to", "go on"}},
		"too long": {"a command that no line holds is broken like the rest", "run `headgate resume shop -n demo`", 20, []string{"run `headgate resume", "shop -n demo`"}},
		"numbers":  {"a number stays with its unit, and one with the other that it is of", "p99 below 500 ms in all: 1 of 1", 15, []string{"p99 below", "500 ms in all:", "1 of 1"}},
		"obeyed": {"a word that a CI system obeys at the beginning of a line never stands there", "the Pod said ::error::owned\n ##vso[task]", 14,
			[]string{"the Pod", "said ::error::owned ##vso[task]"}},
		"lines":   {"a line end in the text is one on the screen", "one\ntwo", 20, []string{"one", "two"}},
		"nothing": {"no text is an empty line", "", 20, []string{""}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, screen.Wrap(tt.text, tt.columns)); diff != "" {
				t.Errorf("%s:\n%s", tt.reason, diff)
			}
		})
	}
}

func TestALogHoldsNothingThatIsObeyed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ reason, text, want string }{
		"plain":    {"what is harmless stays as it is, further lines and indents too", "FAILED: no Pod\n  web-1: exit 2", "FAILED: no Pod\n  web-1: exit 2"},
		"github":   {"GitHub obeys such a line whatever wrote it", "the Pod said\n::error::owned", "the Pod said ::error::owned"},
		"azure":    {"so does Azure, and an indent does not help", "the Pod said\n\t##vso[task.complete]", "the Pod said ##vso[task.complete]"},
		"gitlab":   {"GitLab's sections begin with an escape sequence", "a\x1b[0Ksection_end:1:x\r\x1b[0Kb", "a[0Ksection_end:1:x[0Kb"},
		"returned": {"a carriage return would hide what stands before it", "failed\rpassed", "failedpassed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, screen.Log(tt.text)); diff != "" {
				t.Errorf("%s:\n%s", tt.reason, diff)
			}
		})
	}
}

func TestATableFitsTheScreen(t *testing.T) {
	t.Parallel()
	table := screen.Table{Indent: "  ", Head: []string{"step", "status", "detail"}, Rows: []screen.Row{
		{Cells: screen.Cells("candidate", "done", "2 of 2 replicas ready")},
		{Cells: screen.Cells("gate 5%", "failed"), Below: []screen.Note{{Label: "    ✗ ", Text: "errors: candidate fails 5% of 180 requests, limit 1%"}}},
		{Cells: screen.Cells("weight 5%", "done", "confirmed by 211 requests in 1s, at 4.8% of all")},
	}}
	tests := map[string]struct {
		reason string
		width  int
		want   string
	}{
		"usual": {"there is room for all", 80, `
  step       status  detail
  candidate  done    2 of 2 replicas ready
  gate 5%    failed
    ✗ errors: candidate fails 5% of 180 requests, limit 1%
  weight 5%  done    confirmed by 211 requests in 1s, at 4.8% of all
`},
		"narrower": {"the last column and the notes are wrapped", 46, `
  step       status  detail
  candidate  done    2 of 2 replicas ready
  gate 5%    failed
    ✗ errors: candidate fails 5% of 180
      requests, limit 1%
  weight 5%  done    confirmed by 211 requests
                     in 1s, at 4.8% of all
`},
		"narrow": {"the last column stands below its row", 36, `
  step       status
  candidate  done
  · 2 of 2 replicas ready
  gate 5%    failed
    ✗ errors: candidate fails 5% of
      180 requests, limit 1%
  weight 5%  done
  · confirmed by 211 requests in 1s,
    at 4.8% of all
`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := "\n" + strings.Join(screen.Screen{Width: tt.width}.Table(table), "\n") + "\n"
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s:\n%s", tt.reason, diff)
			}
		})
	}
}

var sequence = regexp.MustCompile("\x1b\\[[0-9]*m")

// TestWhateverIsInATableItKeepsItsWordsAndItsWidth draws tables whose words are
// those of ordinary rollouts, at any width, with and without colours.
func TestWhateverIsInATableItKeepsItsWordsAndItsWidth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching("[a-zé0-9.%→]{1,12}")
		text := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(word, 0, 30).Draw(t, "words"), " ")
		})
		s := screen.Screen{Width: rapid.IntRange(48, 200).Draw(t, "width"), Colour: rapid.Bool().Draw(t, "colour")}
		table, said := screen.Table{Indent: "  ", Head: []string{"a", "b", ""}}, "a b "
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			cells := []screen.Cell{{Text: word.Draw(t, "name"), Tone: screen.Good}, {Text: word.Draw(t, "status"), Tone: screen.Tone(rapid.IntRange(0, 5).Draw(t, "tone"))}, {Text: text.Draw(t, "detail"), Tone: screen.Bad}}
			note := screen.Note{Label: "    ✗ ", Tone: screen.Bad, Text: text.Draw(t, "note")}
			table.Rows = append(table.Rows, screen.Row{Cells: cells, Below: []screen.Note{note}})
			said += cells[0].Text + " " + cells[1].Text + " " + cells[2].Text + " ✗ " + note.Text + " "
		}
		lines := s.Table(table)
		all := strings.Join(lines, "\n")
		if !s.Colour && strings.Contains(all, "\x1b") {
			t.Fatalf("colours where there are none: %q", all)
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(sequence.ReplaceAllString(line, "")); n > min(s.Width, 120) {
				t.Fatalf("%d columns on a screen of %d: %s", n, s.Width, line)
			}
		}
		if diff := cmp.Diff(strings.Fields(said), strings.Fields(strings.ReplaceAll(sequence.ReplaceAllString(all, ""), "·", ""))); diff != "" {
			t.Fatalf("words were cut or lost:\n%s", diff)
		}
	})
}
