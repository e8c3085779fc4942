package sim

import "github.com/headgate-ci/headgate/modules/gate"

// Parts are the parts of a proof that the engine's steps of these weights (0 to
// 1) are asked for.
func Parts(weights []float64) []float64 { return gate.Parts(weights) }
