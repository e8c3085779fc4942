// Package outcome says what came of a request, and which outcomes are failures.
// Sources write outcomes and gates judge them, each gate by its own rule, so both
// must mean the same.
package outcome

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// The codes that count as failures by default. HTTP: every 5xx, and 0, a request
// that ended without an answer. gRPC: the statuses that OpenTelemetry's
// conventions make a server's fault: UNKNOWN, DEADLINE_EXCEEDED,
// UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
const (
	DefaultCodes     = "0|5.."
	DefaultGRPCCodes = "2|4|12|13|14|15"
)

// hungUp marks the outcome of a request whose caller left before its answer.
const hungUp = "hangup"

// Of writes an outcome: the HTTP status, with the gRPC status behind a slash where
// there is one that is not 0, or that the caller hung up. Empty is the plain
// success that nobody need keep apart: 200.
func Of(code, grpc string, hangup bool) string {
	switch {
	case hangup:
		return hungUp
	case grpc != "" && grpc != "-" && grpc != "0":
		return code + "/" + grpc
	case code == "200":
		return ""
	default:
		return code
	}
}

// HangUps is on how many requests callers hung up.
func HangUps(c evidence.Counts) uint64 { return c.Outcomes[hungUp] }

// Class sums the outcomes whose HTTP status begins with a digit.
func Class(c evidence.Counts, digit string) (n uint64) {
	for o, count := range c.Outcomes {
		if o != hungUp && strings.HasPrefix(o, digit) {
			n += count
		}
	}
	return n
}

// Rule says which outcomes are failures. A caller that hangs up is none: it is
// counted apart. The zero Rule takes a source's own count of errors.
type Rule struct{ http, grpc *regexp.Regexp }

// NewRule makes a rule from two regular expressions that must match a whole
// code; an empty one stands for the default.
func NewRule(codes, grpcCodes string) (Rule, error) {
	if codes == "" {
		codes = DefaultCodes
	}
	if grpcCodes == "" {
		grpcCodes = DefaultGRPCCodes
	}
	var r Rule
	var err error
	if r.http, err = whole(codes); err != nil {
		return r, fmt.Errorf("error codes %q: %w", codes, err)
	}
	if r.grpc, err = whole(grpcCodes); err != nil {
		return r, fmt.Errorf("gRPC error codes %q: %w", grpcCodes, err)
	}
	return r, nil
}

func whole(expr string) (*regexp.Regexp, error) { return regexp.Compile("^(?:" + expr + ")$") }

// Fails says whether an outcome is a failure. A gRPC call carries its status in
// the trailers under an HTTP 200, so either of the two can make it one.
func (r Rule) Fails(o string) bool {
	if o == hungUp || r.http == nil {
		return false
	}
	code, grpc, _ := strings.Cut(o, "/")
	if code == "" {
		code = "200"
	}
	return r.http.MatchString(code) || r.grpc.MatchString(grpc)
}

// Errors is how many requests failed by the rule. Counts without outcomes, as in
// older records, have the errors that their source counted.
func (r Rule) Errors(c evidence.Counts) uint64 {
	if r.http == nil || len(c.Outcomes) == 0 {
		return c.Errors
	}
	var n uint64
	for o, count := range c.Outcomes {
		if r.Fails(o) {
			n += count
		}
	}
	return n
}
