package gate

import "math"

// Allows is the highest share of errors, 0 to 1, that the gate allows a candidate
// beside a stable version that fails this share.
func (o ErrorsOptions) Allows(stable float64) float64 {
	out := 1.
	if o.Max != nil {
		out = min(out, *o.Max)
	}
	if o.Regression != nil {
		out = min(out, *o.Regression*stable)
	}
	return math.Max(out, 0)
}

// Allows is ErrorsOptions.Allows.
func (g seqErrors) Allows(stable float64) float64 { return g.o.Allows(stable) }

// Allows is ErrorsOptions.Allows.
func (g fixedErrors) Allows(stable float64) float64 { return g.o.Allows(stable) }
