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
	// before the gate can pass.
	MinRequests int `json:"minRequests,omitempty" jsonschema:"minimum=1,default=100"`
}

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
	// before the gate can pass.
	MinRequests int `json:"minRequests,omitempty" jsonschema:"minimum=1,default=100"`
}

// QueryGate limits the answer to a PromQL query. At least one bound is set; both
// are inclusive.
type QueryGate struct {
	// PromQL gives one number.
	PromQL string `json:"promql" jsonschema:"required,minLength=1"`
	// Min is the lowest good answer.
	Min *float64 `json:"min,omitempty"`
	// Max is the highest good answer.
	Max *float64 `json:"max,omitempty"`
}
