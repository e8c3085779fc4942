// Package series says what a series of the mesh means: whose requests it
// counts, whether they failed, how long they took. All sources share it, so
// that they cannot disagree about what an error is.
package series

import (
	"fmt"
	"regexp"

	"github.com/headgate-ci/headgate/modules/evidence/outcome"
)

// Request is what labels say about the requests that a series counts.
type Request struct {
	// Host is the host that was asked for, such as sample.demo.svc.cluster.local.
	Host string
	// Subset is the DestinationRule's subset that the route chose.
	Subset string
	// Workload and Namespace name the Deployment that answered; "unknown" or
	// empty when the request reached none.
	Workload, Namespace string
	// Version is the label version of the Pod that answered.
	Version string
	// Code is the HTTP status; 0 when there was no answer.
	Code string
	// Flags are the proxy's response flags, "-" or empty for an answer that
	// came from the application.
	Flags string
	// GRPC is the status number of a gRPC call, empty or "-" for others.
	GRPC string
}

// Failure says which requests failed.
type Failure struct{ outcome.Rule }

// NewFailure makes the rule from two regular expressions; see outcome.NewRule.
func NewFailure(codes, grpcCodes string) (Failure, error) {
	rule, err := outcome.NewRule(codes, grpcCodes)
	if err != nil {
		return Failure{}, fmt.Errorf("metrics: %w", err)
	}
	return Failure{rule}, nil
}

// Failed says whether the requests are errors.
func (f Failure) Failed(r Request) bool { return f.Fails(r.outcome()) }

// outcome is what came of the requests.
func (r Request) outcome() string { return outcome.Of(r.Code, r.GRPC, r.hungUp()) }

// hungUp says that the caller left before the answer had begun: it closed its
// connection (DC), or reset its stream on one that it shares (DR).
func (r Request) hungUp() bool { return r.Code == "0" && regexpGone.MatchString(r.Flags) }

// unmade says that a connection never reached the version: it could not be made,
// nobody was there to take it, or there were too many.
func (r Request) unmade() bool { return regexpUnmade.MatchString(r.Flags) }

var regexpUnmade = regexp.MustCompile(`(^|,)(UF|UH|UO|URX|NC|NR)(,|$)`)

var regexpGone = regexp.MustCompile(`(^|,)D[CR](,|$)`)

// known is false for the values that Envoy and Istio write for "nothing".
func known(value string) bool { return value != "" && value != "-" && value != "unknown" }

// answered says that the application itself gave the answer.
func (r Request) answered() bool { return !known(r.Flags) }

// homeless says that the proxy found no healthy Pod in what the route chose.
func (r Request) homeless() bool { return regexpUH.MatchString(r.Flags) }

var regexpUH = regexp.MustCompile(`(^|,)UH(,|$)`)
