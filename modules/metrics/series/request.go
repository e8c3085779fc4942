// Package series says what a series of the mesh means: whose requests it
// counts, whether they failed, how long they took. All sources share it, so
// that they cannot disagree about what an error is.
package series

import (
	"fmt"
	"regexp"
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

// The codes that count as errors by default. HTTP: every 5xx, and 0, a request
// that ended without an answer. gRPC: the statuses that OpenTelemetry's
// conventions make a server's fault: UNKNOWN, DEADLINE_EXCEEDED,
// UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
const (
	DefaultCodes     = "0|5.."
	DefaultGRPCCodes = "2|4|12|13|14|15"
)

// Failure says which requests failed.
type Failure struct{ http, grpc *regexp.Regexp }

// NewFailure makes the rule from two regular expressions that must match a
// whole code; an empty one stands for the default.
func NewFailure(codes, grpcCodes string) (Failure, error) {
	if codes == "" {
		codes = DefaultCodes
	}
	if grpcCodes == "" {
		grpcCodes = DefaultGRPCCodes
	}
	var f Failure
	var err error
	if f.http, err = whole(codes); err != nil {
		return f, fmt.Errorf("metrics: error codes %q: %w", codes, err)
	}
	if f.grpc, err = whole(grpcCodes); err != nil {
		return f, fmt.Errorf("metrics: gRPC error codes %q: %w", grpcCodes, err)
	}
	return f, nil
}

// Failed says whether the requests are errors. A gRPC call carries its status
// in the trailers under an HTTP 200, so either of the two can make it one.
func (f Failure) Failed(r Request) bool {
	return f.http.MatchString(r.Code) || f.grpc.MatchString(r.GRPC)
}

func whole(expr string) (*regexp.Regexp, error) { return regexp.Compile("^(?:" + expr + ")$") }

// known is false for the values that Envoy and Istio write for "nothing".
func known(value string) bool { return value != "" && value != "-" && value != "unknown" }

// answered says that the application itself gave the answer.
func (r Request) answered() bool { return !known(r.Flags) }

// homeless says that the proxy found no healthy Pod in what the route chose.
func (r Request) homeless() bool { return regexpUH.MatchString(r.Flags) }

var regexpUH = regexp.MustCompile(`(^|,)UH(,|$)`)
