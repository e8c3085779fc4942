package report

// Verdict is how a Rollout, or a question to the gates alone, ended.
type Verdict string

// The verdicts; they are part of the JSON format.
const (
	Promoted   Verdict = "promoted"
	RolledBack Verdict = "rolledBack"
	Held       Verdict = "held"
	Aborted    Verdict = "aborted"
	// Unchanged: the version asked for serves already; nothing was done.
	Unchanged Verdict = "unchanged"

	// GatePassed, GateFailed and GateUndecided are the verdicts of `verify` and
	// `gate`, which move nothing.
	GatePassed    Verdict = "passed"
	GateFailed    Verdict = "failed"
	GateUndecided Verdict = "inconclusive"

	// Errored says that nothing could be begun.
	Errored Verdict = "error"
	// Unfinished is what a report says that its process did not live to end.
	Unfinished Verdict = "unfinished"
)

// ExitCode is what a process that came to this verdict should exit with: 0 done
// as asked, 1 error, 3 rolled back or failed, 4 held or inconclusive, 5 aborted
// or cut off.
func (v Verdict) ExitCode() int {
	switch v {
	case Promoted, Unchanged, GatePassed:
		return 0
	case Errored:
		return 1
	case RolledBack, GateFailed:
		return 3
	case Held, GateUndecided:
		return 4
	default:
		return 5
	}
}

// Words is the verdict as a headline.
func (v Verdict) Words() string {
	switch v {
	case Promoted:
		return "promoted; the new version serves all traffic"
	case RolledBack:
		return "rolled back; the old version serves all traffic"
	case Unchanged:
		return "nothing to do; that version serves already"
	case Held:
		return "held; it waits for a person"
	case GatePassed:
		return "every gate passed"
	case GateFailed:
		return "a gate failed"
	case GateUndecided:
		return "inconclusive; the evidence did not suffice"
	case Errored:
		return "not begun"
	case Unfinished, "":
		return "not finished when this was written"
	default:
		return "aborted"
	}
}

// Mark is the verdict as one character.
func (v Verdict) Mark() string {
	switch v {
	case Promoted, Unchanged, GatePassed:
		return "✓"
	case RolledBack, Aborted, GateFailed, Errored:
		return "✗"
	default:
		return "•"
	}
}
