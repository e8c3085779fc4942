package ci_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/ci"
	"github.com/headgate-ci/headgate/modules/report/internal/sample"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestFolds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		vars   map[string]string
		want   string
	}{
		"github":   {"a group, and the end of it before the next", map[string]string{"GITHUB_ACTIONS": "true"}, "::group::gate 5%25\nlook\n::endgroup::\n::group::next\n::endgroup::\n"},
		"gitlab":   {"sections with names of their own, from when their step began to when it ended", map[string]string{"GITLAB_CI": "true"}, "\x1b[0Ksection_start:100:headgate_1_gate_5_[collapsed=true]\r\x1b[0Kgate 5%\nlook\n\x1b[0Ksection_end:130:headgate_1_gate_5_\r\x1b[0K\n\x1b[0Ksection_start:130:headgate_2_next[collapsed=true]\r\x1b[0Knext\n\x1b[0Ksection_end:145:headgate_2_next\r\x1b[0K\n"},
		"terminal": {"nothing is folded", nil, "gate 5%\nlook\nnext\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			f := ci.Fold{System: ci.Detect(env(test.vars))}
			f.Begin(&b, "gate 5%", time.Unix(100, 0))
			b.WriteString("look\n")
			f.Begin(&b, "next", time.Unix(130, 0))
			f.End(&b, time.Unix(145, 0))
			f.End(&b, time.Unix(150, 0))
			if b.String() != test.want {
				t.Errorf("%s:\n got %q\nwant %q", test.reason, b.String(), test.want)
			}
		})
	}
}

func TestGitHubGetsSummaryOutputsAndAnnotations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	summary, outputs := filepath.Join(dir, "summary"), filepath.Join(dir, "outputs")
	if err := os.WriteFile(outputs, []byte("earlier=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	getenv := env(map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary, "GITHUB_OUTPUT": outputs})
	if err := ci.Publish(getenv, &log, sample.RolledBack(), 3); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(log.String(), "::error title=prod/shop%3A rolled back; the old version serves all traffic::gate errors failed: candidate fails 10%25 of") {
		t.Errorf("the log has %q", log.String())
	}
	if !strings.Contains(log.String(), "\n::warning title=prod/shop::the candidate has no PodDisruptionBudget\n") {
		t.Errorf("the log has %q", log.String())
	}
	for file, want := range map[string]string{summary: "### ❌ prod/shop", outputs: "earlier=1\nverdict=rolledBack\nexit-code=3\n"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(data), want) {
			t.Errorf("%s begins with %q", filepath.Base(file), string(data[:80]))
		}
	}
}

func TestAnnotationsFitTheVerdict(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[report.Verdict]string{report.Promoted: "::notice ", report.Held: "::warning ", report.GateUndecided: "::warning ", report.Aborted: "::error ", report.Errored: "::error "} {
		var log bytes.Buffer
		r := report.Result{Release: "shop", Verdict: verdict}
		if err := ci.Publish(env(map[string]string{"GITHUB_ACTIONS": "true"}), &log, r, verdict.ExitCode()); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(log.String(), want) {
			t.Errorf("%s gives %q", verdict, log.String())
		}
	}
}

// TestNoTextIsACommand: each line of the log is a command of ours.
func TestNoTextIsACommand(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	if err := ci.Publish(env(map[string]string{"GITHUB_ACTIONS": "true"}), &log, sample.Hostile(), 3); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "::error title=") || !strings.HasPrefix(lines[1], "::warning title=") {
		t.Errorf("%q", lines)
	}
	if title, _, _ := strings.Cut(strings.TrimPrefix(lines[0], "::error title="), "::"); strings.ContainsAny(title, ",:") {
		t.Errorf("the title %q has what ends it", title)
	}
}

func TestElsewhereNothingIsSaid(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	if err := ci.Publish(env(map[string]string{"GITLAB_CI": "true"}), &log, sample.Promoted(), 0); err != nil || log.Len() > 0 {
		t.Errorf("%v, %q", err, log.String())
	}
}
