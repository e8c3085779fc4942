package cli

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// terminalOf is an Env whose standard error is a terminal of that width.
func terminalOf(b *strings.Builder, width int) *Env {
	return &Env{Stderr: b, Stdout: b, Terminal: true, Width: func() int { return width }, Getenv: func(string) string { return "" }}
}

func gateLook() rollout.Event {
	about := rollout.About{From: "registry.example.com/shop:1.0.0", To: "registry.example.com/shop:1.1.0", Started: time.Now().Add(-90 * time.Second)}
	return rollout.Event{Kind: rollout.EventLook, Step: "gate 5%", Index: 4, Total: 14, Weight: 5, About: about, Look: &rollout.Look{
		Evidence: evidence.Evidence{Stable: evidence.Counts{Requests: 3725}, Candidate: evidence.Counts{Requests: 180, Errors: 9}},
		Elapsed:  2 * time.Second, Min: 10 * time.Second, Max: 5 * time.Minute,
		Verdicts: []gate.Verdict{
			{Gate: "errors", Outcome: gate.Fail, Reason: "candidate fails 5% of 180 requests, stable 0% of 3,725; limit 1%; odds of this by chance below 1 in 260"},
			{Gate: "latency-p99", Outcome: gate.Inconclusive, Missing: "120 more candidate requests", Progress: .4},
		},
	}}
}

var escape = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// drawn is the last block that was drawn for the events.
func drawn(t *testing.T, width int, hint string, events ...rollout.Event) string {
	t.Helper()
	var b strings.Builder
	l := newLive(terminalOf(&b, width), "demo/shop", hint)
	for _, e := range events {
		l.observe(e)
	}
	l.mu.Lock()
	block := strings.Join(l.block(), "\n")
	l.mu.Unlock()
	l.close()
	return escape.ReplaceAllString(block, "")
}

func TestTheLiveViewSaysWhatOneWantsToKnow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, theLiveView)
}

func theLiveView(t *testing.T) {
	look := gateLook()
	tests := map[string]struct {
		reason string
		events []rollout.Event
		want   []string
		not    []string
	}{
		"a gate": {"what is rolled out, since when, what is left to wait, what was seen and what Ctrl-C does", []rollout.Event{look},
			[]string{"demo/shop  shop:1.0.0 → 1.1.0  1m30s", "step 5 of 14: gate 5%", "passes in 8s at the earliest, 4m58s left to decide",
				"candidate  180 req, 5.00% errors", "✗ errors: candidate fails 5% of 180", "odds of this by chance", "? latency-p99: 120 more candidate requests (40% of the evidence)", "Ctrl-C puts everything back"}, nil},
		"an update": {"how many Pods are done", []rollout.Event{{Kind: rollout.EventBegin, Step: "update stable", Total: 14, Weight: 100}, {Kind: rollout.EventProgress, Text: "1 of 2 Pods updated", Step: "update stable", Total: 14, Weight: 100}},
			[]string{"step 1 of 14: update stable", "  1 of 2 Pods updated"}, nil},
		"trouble": {"what keeps Pods from getting ready is told in full", []rollout.Event{{Kind: rollout.EventProgress, Text: "0 of 2 replicas ready; ImagePullBackOff: container shop of Pod demo/shop-canary-6c9d-x2b4 cannot be pulled", Step: "candidate", Total: 14}},
			[]string{"container shop of Pod", "cannot be pulled"}, []string{"…"}},
		"the next step": {"what the step before waited for is over", []rollout.Event{{Kind: rollout.EventProgress, Text: "1 of 2 Pods updated", Total: 14}, {Kind: rollout.EventBegin, Step: "return traffic", Total: 14}},
			nil, []string{"Pods updated"}},
		"putting back": {"Ctrl-C has no say any more", []rollout.Event{look, {Kind: rollout.EventUndo, Step: "candidate", Total: 14}},
			[]string{"putting back: candidate"}, []string{"Ctrl-C"}},
		"for good": {"once the new version serves for good, nothing is put back", []rollout.Event{{Kind: rollout.EventBegin, Step: "remove candidate", Total: 14, About: rollout.About{Committed: true}}},
			nil, []string{"Ctrl-C"}},
		"not begun": {"the cluster is checked first", nil, []string{"demo/shop  checking the cluster  0s", "Ctrl-C"}, nil},
	}
	for name, tt := range tests {
		block := drawn(t, 80, putsBack, tt.events...)
		for _, want := range tt.want {
			if !strings.Contains(block, want) {
				t.Errorf("%s: %s: %q is missing in\n%s", name, tt.reason, want, block)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(block, not) {
				t.Errorf("%s: %s: %q is there in\n%s", name, tt.reason, not, block)
			}
		}
	}
}

// TestTheLiveViewNeverWraps: a line that the terminal wraps, or more lines than it
// has, would break the redrawing.
func TestTheLiveViewNeverWraps(t *testing.T) {
	t.Parallel()
	many := gateLook()
	for range 10 {
		many.Look.Verdicts = append(many.Look.Verdicts, many.Look.Verdicts[0])
	}
	for _, width := range []int{40, 80, 120} {
		block := drawn(t, width, putsBack, many)
		lines := strings.Split(block, "\n")
		if len(lines) > 23 {
			t.Errorf("%d lines on a terminal of 24", len(lines))
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n >= width {
				t.Errorf("%d columns on a terminal of %d: %s", n, width, line)
			}
		}
	}
}

// TestWarningsAndFailuresHaveColoursInALog is for --progress plain at a terminal.
func TestWarningsAndFailuresHaveColoursInALog(t *testing.T) {
	t.Parallel()
	for _, coloured := range []bool{true, false} {
		var b strings.Builder
		env := terminalOf(&b, 80)
		env.Colour = coloured
		w := newWatcher(env, &Globals{Progress: "plain"}, "demo/shop", "")
		w.observe(rollout.Event{Kind: rollout.EventWarning, Text: "no metrics", Total: 14})
		w.observe(rollout.Event{Kind: rollout.EventFailed, Step: "gate 5%", Text: "gate errors failed", Total: 14})
		w.close()
		yellow, red := strings.Contains(b.String(), "\x1b[33m"), strings.Contains(b.String(), "\x1b[31m")
		if yellow != coloured || red != coloured {
			t.Errorf("colours wanted %v: %q", coloured, b.String())
		}
	}
}

func TestTwoVersionsInShort(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ from, to, want string }{
		"one repository":         {"shop:1", "shop:2", "shop:1 → 2"},
		"a registry with a port": {"localhost:5000/shop:1", "localhost:5000/shop:2", "shop:1 → 2"},
		"a port and no tag":      {"localhost:5000/shop", "localhost:5000/cart:2", "shop → cart:2"},
		"another repository":     {"shop:1", "cart:1", "shop:1 → cart:1"},
		"unknown":                {"", "shop:2", "? → shop:2"},
	}
	for name, tt := range tests {
		if got := versions(tt.from, tt.to); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestWhatIsSaidIsOneLineForPrograms: at a terminal it is what fits, and no word is
// cut.
func TestWhatIsSaidIsOneLineForPrograms(t *testing.T) {
	t.Parallel()
	const text = "sending 200 requests a second to sample.example.com through the ingress gateway"
	for terminal, want := range map[bool]string{false: "• " + text + "\n", true: "• sending 200 requests a second to sample.example.com through the ingress\n  gateway\n"} {
		var b strings.Builder
		env := terminalOf(&b, 80)
		env.Terminal = terminal
		if env.say("• ", text); b.String() != want {
			t.Errorf("terminal %v: %q", terminal, b.String())
		}
	}
}
