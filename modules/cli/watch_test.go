package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/report/ci"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// GitLab shows beside a section how long it took.
func TestAGitLabSectionLastsAsLongAsItsStep(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := &plain{w: &b, fold: ci.Fold{System: ci.GitLab}}
	at := func(second int64) time.Time { return time.Unix(second, 0).UTC() }
	for _, e := range []rollout.Event{
		{Time: at(100), Kind: rollout.EventBegin, Step: "candidate", Total: 2},
		{Time: at(107), Kind: rollout.EventProgress, Text: "0 of 1 replicas ready", Step: "candidate", Total: 2},
		{Time: at(130), Kind: rollout.EventDone, Step: "candidate", Total: 2, Text: "1 of 1 replicas ready"},
		{Time: at(130), Kind: rollout.EventBegin, Step: "route", Index: 1, Total: 2},
		{Time: at(131), Kind: rollout.EventDone, Step: "route", Index: 1, Total: 2},
	} {
		p.observe(e)
	}
	p.close()
	for _, want := range []string{"section_start:100:headgate_1_", "section_end:130:headgate_1_"} {
		if strings.Count(b.String(), want) != 1 {
			t.Errorf("%q is missing in\n%q", want, b.String())
		}
	}
	if n := strings.Count(b.String(), "section_start"); n != 1 {
		t.Errorf("%d sections; a step that measures nothing needs none:\n%q", n, b.String())
	}
}

// A container's last words are in the log of the CI job.
func TestALogOfARolloutGivesNoOrdersToTheCISystem(t *testing.T) {
	t.Parallel()
	for _, system := range []ci.System{ci.None, ci.GitHub, ci.GitLab} {
		var b bytes.Buffer
		p := &plain{w: &b, fold: ci.Fold{System: system}}
		text := "container shop ended:\n::add-mask::x\n  ##vso[task.complete]\n\x1b[0Ksection_end:1:headgate_1"
		p.observe(rollout.Event{Kind: rollout.EventFailed, Step: "candidate", Text: text})
		p.observe(rollout.Event{Kind: rollout.EventProgress, Text: text})
		for line := range strings.Lines(b.String()) {
			if begins := strings.TrimSpace(line); strings.HasPrefix(begins, "::") || strings.HasPrefix(begins, "##") || strings.ContainsAny(line, "\x1b\r") {
				t.Errorf("%s obeys %q", system, line)
			}
		}
	}
}
