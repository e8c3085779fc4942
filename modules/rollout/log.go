package rollout

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/modules/workload"
)

// The record's log is for whoever looks with kubectl: the last lines, no more.
const (
	logLines = 40
	logWidth = 300
)

// log adds an event to the record's log; it is written with the next save.
func (r *Rollout) log(e Event) {
	text := e.Text
	switch e.Kind {
	case EventBegin:
		text = fmt.Sprintf("[%d/%d] %s", e.Index+1, e.Total, e.Step)
	case EventDone:
		text = fmt.Sprintf("[%d/%d] %s: done %s", e.Index+1, e.Total, e.Step, e.Text)
	case EventFailed:
		text = fmt.Sprintf("[%d/%d] %s: FAILED: %s", e.Index+1, e.Total, e.Step, e.Text)
	case EventStopped:
		text = fmt.Sprintf("[%d/%d] %s: stopped: %s", e.Index+1, e.Total, e.Step, e.Text)
	case EventUndone:
		text = "put back: " + e.Step
	case EventWarning:
		text = "warning: " + e.Text
	case EventLook, EventUndo, EventProgress:
		return
	}
	line := e.Time.UTC().Format("2006-01-02T15:04:05Z ") + clipped(strings.ReplaceAll(strings.TrimSpace(text), "\n", " "), logWidth)
	lines := append(strings.Split(strings.TrimSuffix(r.record.Log, "\n"), "\n"), line)
	r.record.Log = strings.TrimPrefix(strings.Join(last(lines, logLines), "\n"), "\n") + "\n"
}

// logsOf are the last lines of the container that an error is about.
func logsOf(err error) []string {
	var unready *workload.NotReadyError
	if !errors.As(err, &unready) || len(unready.Logs) == 0 {
		return nil
	}
	return clipAll(last(unready.Logs, logLines), logWidth)
}
