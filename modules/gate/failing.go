package gate

import (
	"fmt"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/evidence/outcome"
)

// HangUps says what a request is whose caller hung up before the answer: a tab
// that was closed, a search that was typed on, or a caller that lost patience
// with a slow version.
type HangUps string

// The ways to take hang-ups.
const (
	// CompareHangUps is the default: no failure by itself, and a failure in what
	// compares the versions. A gate with Max alone fails a candidate on whose
	// requests callers hang up more than half as often again as on its peer's,
	// and Max more.
	CompareHangUps HangUps = "compare"
	// CountHangUps takes every one for a failure.
	CountHangUps HangUps = "count"
	// IgnoreHangUps takes none for anything.
	IgnoreHangUps HangUps = "ignore"
)

// Failing says which requests an errors gate counts.
type Failing struct {
	// Codes and GRPC are regular expressions of the HTTP and the gRPC codes that
	// are failures; empty ones are package outcome's defaults.
	Codes, GRPC string
	// HangUps is CompareHangUps where it is empty.
	HangUps HangUps
}

// How much more often callers may hang up on the candidate where the gate itself
// compares nothing, and the part of the gate's alpha that looks for it.
const (
	hangUpRegression = 1.5
	hangUpWeight     = .05
)

// rule reads the codes.
func (f Failing) rule() (outcome.Rule, error) {
	switch f.HangUps {
	case "", CompareHangUps, CountHangUps, IgnoreHangUps:
	default:
		return outcome.Rule{}, fmt.Errorf("hangups %q is none of compare, count and ignore", f.HangUps)
	}
	rule, err := outcome.NewRule(f.Codes, f.GRPC)
	if err == nil && rule.Fails("") {
		err = fmt.Errorf("codes %q takes 200 for a failure, and so every request", f.Codes)
	}
	return rule, err
}

// words are what differs from the default, for a question.
func (f Failing) words() string {
	var out string
	if f.Codes != "" {
		out += " (codes " + f.Codes + ")"
	}
	if f.GRPC != "" {
		out += " (gRPC " + f.GRPC + ")"
	}
	switch f.HangUps {
	case CountHangUps:
		out += " (hang-ups are failures)"
	case IgnoreHangUps:
		out += " (hang-ups count for nothing)"
	}
	return out
}

// tally is what one of a gate's limits counts as errors.
type tally func(evidence.Counts) evidence.Counts

// failures are the requests that failed.
func (o ErrorsOptions) failures(c evidence.Counts) evidence.Counts {
	c.Errors = o.failing.Errors(c)
	if o.Failing.HangUps == CountHangUps {
		c.Errors += outcome.HangUps(c)
	}
	return sane(c)
}

// compared are those and, unless the gate says otherwise, hang-ups.
func (o ErrorsOptions) compared(c evidence.Counts) evidence.Counts {
	out := o.failures(c)
	if o.comparesHangUps() {
		out.Errors += outcome.HangUps(c)
	}
	return sane(out)
}

// hangUps are those alone.
func (o ErrorsOptions) hangUps(c evidence.Counts) evidence.Counts {
	c.Errors = outcome.HangUps(c)
	return sane(c)
}

func (o ErrorsOptions) comparesHangUps() bool {
	return o.Failing.HangUps == "" || o.Failing.HangUps == CompareHangUps
}

// watchesHangUps says that nothing else of the gate compares them.
func (o ErrorsOptions) watchesHangUps() bool { return o.Regression == nil && o.comparesHangUps() }

// hangUpLimit is how often callers may hang up on the candidate, in words.
func (o ErrorsOptions) hangUpLimit() string {
	return fmt.Sprintf("hang-ups of callers on %s and %s more", o.Against.times(hangUpRegression), percent(*o.Max))
}

// seen is what was observed, in words.
func (o ErrorsOptions) seen(candidate, stable evidence.Counts) string {
	words := seenErrors(o.Against, o.failures(candidate), o.failures(stable))
	if n := outcome.HangUps(candidate); n > 0 && o.Failing.HangUps != CountHangUps {
		words += "; callers hung up on " + count(n)
		if stable.Requests > 0 {
			words += fmt.Sprintf(", at %s on %s", o.Against.name(), count(outcome.HangUps(stable)))
		}
	}
	return words
}
