package gate

// All combines the verdicts of one look: one fail fails, every pass passes, and
// anything else is inconclusive. Without gates there is nothing to wait for.
func All(verdicts []Verdict) Outcome {
	out := Pass
	for _, v := range verdicts {
		switch v.Outcome {
		case Fail:
			return Fail
		case Pass:
		default:
			out = Inconclusive
		}
	}
	return out
}
