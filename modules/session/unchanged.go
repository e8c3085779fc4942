package session

import (
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// UnchangedError says that there is nothing to roll out. A job that is run
// again after it was done ends so, and has done what it was asked for.
type UnchangedError struct{ Namespace, Deployment string }

func (e *UnchangedError) Error() string {
	return fmt.Sprintf("deployment %s/%s runs that version already; there is nothing to roll out", e.Namespace, e.Deployment)
}

// unchanged is the Result of a run that had nothing to do.
func (s *Session) unchanged(e *UnchangedError) *report.Result {
	now := time.Now().UTC()
	res := &report.Result{
		Release: s.name(), Namespace: s.namespace(), Verdict: report.Unchanged, Reason: e.Error(),
		Strategy: "canary", Started: now, Finished: now, Warnings: s.warnings, Steps: []report.Step{},
	}
	for _, img := range s.candidate.Plan().Images {
		res.From, res.To = img.From, img.To
		break
	}
	return res
}
