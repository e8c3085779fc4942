package release

// Gate is a question that the candidate must answer well at every step:
// exactly one of Errors, Latency and Query is set.
type Gate struct {
	// Name tells gates apart in reports. By default it is errors, latency-p99
	// (by the quantile) or query-1 (by the position among the queries).
	Name string `json:"name,omitempty"`
	// Errors limits the share of failed requests.
	Errors *ErrorsGate `json:"errors,omitempty"`
	// Latency limits how long requests take.
	Latency *LatencyGate `json:"latency,omitempty"`
	// Query limits the answer to a PromQL query.
	Query *QueryGate `json:"query,omitempty"`
	// Method takes the place of the decision's method for this gate.
	Method Method `json:"method,omitempty" jsonschema:"enum=sequential,enum=fixed"`
	// Alpha is this gate's own, beside what the others share.
	Alpha *Percent `json:"alpha,omitempty"`
	// Beta takes the place of the decision's beta for this gate.
	Beta *Percent `json:"beta,omitempty"`
	// Effect takes the place of the decision's effect for this gate.
	Effect *Percent `json:"effect,omitempty"`
	// Cluster takes the place of the decision's cluster for this gate.
	Cluster *float64 `json:"cluster,omitempty" jsonschema:"minimum=1,maximum=1000"`
}

// ErrorsGate limits the share of failed requests. With max and regression both
// must hold.
type ErrorsGate struct {
	// Max is the highest share that may fail, such as 1%.
	Max *Percent `json:"max,omitempty"`
	// Regression is how many times stable's share the candidate's may be; 1.5
	// allows one and a half times.
	Regression *float64 `json:"regression,omitempty" jsonschema:"minimum=1,maximum=1000"`
	// MinRequests is how many requests the candidate must have served at a step
	// before the gate can pass: 100 by default for a fixed gate; a sequential one
	// knows by itself how many it needs.
	MinRequests int `json:"minRequests,omitempty" jsonschema:"minimum=1"`
	// Codes is a regular expression of the HTTP codes that are failures; it must
	// match a whole code. By default it is 0|5..: every 5xx, and 0, a request that
	// got no answer. With 0|5..|404 a 404 is one, too.
	Codes string `json:"codes,omitempty"`
	// GRPC is the same for gRPC statuses, 2|4|12|13|14|15 by default: UNKNOWN,
	// DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
	GRPC string `json:"grpc,omitempty"`
	// HangUps is what a request is whose caller hung up before the answer: compare
	// (the default: no failure against max, one in a comparison of the versions),
	// count (a failure) or ignore.
	HangUps HangUps `json:"hangups,omitempty" jsonschema:"enum=compare,enum=count,enum=ignore"`
}

// HangUps is a way to take callers that hang up.
type HangUps string

// The ways to take hang-ups.
const (
	HangUpsCompare HangUps = "compare"
	HangUpsCount   HangUps = "count"
	HangUpsIgnore  HangUps = "ignore"
)

// LatencyGate limits how long requests take. With max and regression both must
// hold.
type LatencyGate struct {
	// Quantile is the share of requests that must be fast enough: 99% or p99.
	Quantile Quantile `json:"quantile" jsonschema:"required"`
	// Max is how long the request at the quantile may take. It is tested at the
	// histogram's bucket bound there, or at the next lower one.
	Max *Duration `json:"max,omitempty"`
	// Regression is how many times stable's quantile the candidate's may be; 1.2
	// allows a fifth more.
	Regression *float64 `json:"regression,omitempty" jsonschema:"minimum=1,maximum=1000"`
	// MinRequests is how many requests the candidate must have served at a step
	// before the gate can pass: 100 by default for a fixed gate; a sequential one
	// knows by itself how many it needs.
	MinRequests int `json:"minRequests,omitempty" jsonschema:"minimum=1"`
}

// QueryGate limits the answer to a PromQL query. At least one bound is set; both
// are inclusive.
type QueryGate struct {
	// PromQL gives one number. $window in it stands for the time since the step
	// began, at least 1m, and never reaches back before the candidate's traffic.
	PromQL string `json:"promql" jsonschema:"required,minLength=1"`
	// Min is the lowest good answer.
	Min *float64 `json:"min,omitempty"`
	// Max is the highest good answer.
	Max *float64 `json:"max,omitempty"`
	// Looks is how many looks in a row a fixed gate wants on one side: 3 by
	// default.
	Looks int `json:"looks,omitempty" jsonschema:"minimum=1"`
	// Every is how far apart answers lie that count as different ones, at least as
	// long as the query's own window: 15s by default, 5s for a fixed gate.
	Every Duration `json:"every,omitzero"`
	// Lookback is how far back the query looks. By default it is read from the
	// query: the longest way over its ranges and offsets. No answer counts before
	// the candidate has had traffic for as long.
	Lookback Duration `json:"lookback,omitzero"`
}
