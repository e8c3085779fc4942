package release

// Decision is how the gates decide, and what they promise together. A gate may
// say otherwise for itself.
type Decision struct {
	// Method is sequential (decides as soon as the evidence suffices, with the
	// promises below, however often one looks) or fixed (compares with the limits
	// once enough requests are in).
	Method Method `json:"method,omitempty" jsonschema:"enum=sequential,enum=fixed,default=sequential"`
	// Alpha bounds the probability that a good candidate is rolled back by any
	// sequential gate at any time of the Rollout.
	Alpha Percent `json:"alpha,omitempty" jsonschema:"default=1%"`
	// Beta bounds the probability that a candidate worse than a limit is promoted.
	Beta Percent `json:"beta,omitempty" jsonschema:"default=5%"`
	// Effect is how much worse than a comparison with stable allows a candidate
	// must be before beta covers it, as a share of its requests.
	Effect Percent `json:"effect,omitempty" jsonschema:"default=0.5%"`
	// Cluster is how many errors come at once. Without it, it is measured at
	// stable.
	Cluster *float64 `json:"cluster,omitempty" jsonschema:"minimum=1,maximum=1000"`
	// Split is how several gates share alpha: average (the mean of what speaks
	// against the candidate at each gate) or bonferroni (equal parts).
	Split Split `json:"split,omitempty" jsonschema:"enum=average,enum=bonferroni,default=average"`
}

// Method is how a gate decides.
type Method string

// The methods.
const (
	Sequential Method = "sequential"
	Fixed      Method = "fixed"
)

// Split is how several gates share alpha.
type Split string

// The ways to share alpha.
const (
	Average    Split = "average"
	Bonferroni Split = "bonferroni"
)
