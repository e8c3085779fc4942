package session_test

import (
	"errors"
	"testing"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/session"
)

// TestAPodThatMeetsNoAPIServerTriesAgain has the server away for a moment when a
// Job's Pod starts: it then finds the rollout that it is there for.
func TestAPodThatMeetsNoAPIServerTriesAgain(t *testing.T) {
	t.Parallel()
	a := openAbandoned(t)
	rel, id := a.release()
	s := &stumbling{}
	c := a.cluster(s.wrap)
	var unfinished *session.UnfinishedError
	s.on("/", 2, refused)
	if _, err := session.OpenPod(t.Context(), c, rel, session.Pod{Job: "job", GoesOn: id}); !errors.As(err, &unfinished) {
		t.Errorf("a Pod: %v", err)
	}
	s.on("/", 2, refused)
	if _, err := session.Open(t.Context(), c, rel); err == nil || errors.As(err, &unfinished) {
		t.Errorf("a person is told at once: %v", err)
	}
}

// TestAnErrorIsAJobsAnswerOnlyWhenItsRolloutIsOver says what a Pod that ends with
// an error leaves to the next one.
func TestAnErrorIsAJobsAnswerOnlyWhenItsRolloutIsOver(t *testing.T) {
	t.Parallel()
	a := openAbandoned(t)
	_, id := a.release()
	own, other := session.Pod{Job: "job", GoesOn: id}, session.Pod{Job: "job"}
	s := &stumbling{}
	c := a.cluster(s.wrap)
	want := func(why string, p session.Pod, verdict report.Verdict, again bool) {
		t.Helper()
		res, got := p.AfterError(t.Context(), c, "sample")
		if got != again || (res != nil) != (verdict != "") || res != nil && res.Verdict != verdict {
			t.Errorf("%s: got %+v, again: %v", why, res, got)
		}
	}
	want("its rollout stands half-way", own, "", true)
	want("the rollout is another's", other, "", false)
	want("no Job has started this process", session.Pod{}, "", false)
	s.on("/", 1, refused)
	want("the API server is away", other, "", true)
	if _, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Rollback}); err != nil {
		t.Fatal(err)
	}
	want("somebody has put it back meanwhile", own, report.RolledBack, false)
}
