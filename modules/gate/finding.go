package gate

import "strings"

// finding is the answer to one of a gate's limits; a gate may have several.
type finding struct {
	outcome  Outcome
	limit    string // the limit in words, such as "1%"
	why      string // why it is inconclusive, in words
	missing  string
	progress float64
}

func passed(limit string) finding { return finding{outcome: Pass, limit: limit, progress: 1} }
func failed(limit string) finding { return finding{outcome: Fail, limit: limit, progress: 1} }

func unsure(limit, why, missing string, progress float64) finding {
	return finding{outcome: Inconclusive, limit: limit, why: why, missing: missing, progress: min(max(progress, 0), 1)}
}

// verdict joins the findings of one gate. seen is what was observed, in words;
// the limits that decided follow it.
func verdict(name, seen string, findings []finding) Verdict {
	v := Verdict{Gate: name, Outcome: Pass, Progress: 1}
	var limits []string
	for _, f := range findings {
		if f.outcome == Fail {
			return Verdict{Gate: name, Outcome: Fail, Reason: seen + "; limit " + f.limit, Progress: 1}
		}
		limits = append(limits, f.limit)
	}
	v.Reason = seen + "; limit " + strings.Join(limits, " and ")
	for _, f := range findings {
		if f.outcome == Inconclusive && (v.Outcome == Pass || f.progress < v.Progress) {
			v.Outcome, v.Missing, v.Progress = Inconclusive, f.missing, f.progress
			v.Reason = seen + "; " + f.why
		}
	}
	return v
}

// waiting is the Verdict while samples are missing or old.
func waiting(name, why string) Verdict {
	return Verdict{Gate: name, Outcome: Inconclusive, Reason: why, Missing: "current samples"}
}
