package seq_test

import (
	"maps"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// However a stretch of traffic is cut into looks, and in whatever order they
// come, the same evidence is found.
func TestTheScheduleOfLooksDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.IntRange(1, 8).Draw(t, "parts")
		share := rapid.Float64Range(.01, .9).Draw(t, "share")
		whole := seq.Counts{N: 1000 * share, BaseN: 1000 * (1 - share)}
		var looks []seq.Counts
		for range parts {
			c := seq.Counts{N: whole.N / float64(parts), BaseN: whole.BaseN / float64(parts)}
			c.X = math.Floor(c.N * rapid.Float64Range(0, 1).Draw(t, "x"))
			c.BaseX = math.Floor(c.BaseN * rapid.Float64Range(0, 1).Draw(t, "y"))
			whole.X, whole.BaseX = whole.X+c.X, whole.BaseX+c.BaseX
			looks = append(looks, c)
		}
		eta := rapid.Float64Range(.1, 1).Draw(t, "eta")
		for name, make := range tests {
			one, many := make(), make()
			one.Look(whole, eta)
			for _, i := range rapid.Permutation(looks).Draw(t, name) {
				many.Look(i, eta)
			}
			if a, b := one.LogE(), many.LogE(); math.Abs(a-b) > 1e-6*(1+math.Abs(a)) {
				t.Fatalf("%s: %v in one look, %v in %d", name, a, b, parts)
			}
		}
	})
}

var tests = map[string]func() tester{
	"limit above": func() tester { return seq.LimitAbove(.01) },
	"limit below": func() tester { return seq.LimitBelow(.01) },
	"ratio above": func() tester { return seq.RatioAbove(1.5, 0) },
	"ratio below": func() tester { return seq.RatioBelow(1.5, .005) },
}

// byBins are those that take whole bins, for which it matters where one is cut.
var byBins = map[string]func() tester{
	"excess": func() tester { return seq.ExcessAbove(.01) },
	"shares": func() tester { return seq.SharesAbove(1.5) },
}

func TestExtremeCountsGiveNumbers(t *testing.T) {
	t.Parallel()
	sizes := []float64{0, 1, 1e3, 1e12, math.MaxUint64}
	all := maps.Clone(tests)
	maps.Copy(all, byBins)
	for name, make := range all {
		for _, n := range sizes {
			for _, x := range sizes {
				test := make()
				for _, c := range []seq.Counts{{N: n, X: x}, {N: n, X: x, BaseN: n, BaseX: x}, {BaseN: n, BaseX: x}, {N: n, BaseN: x}, {N: n, X: n, BaseN: 1}} {
					test.Look(c, 1)
					if e := test.LogE(); math.IsNaN(e) || math.IsInf(e, 1) {
						t.Fatalf("%s, %+v: log e is %v", name, c, e)
					}
				}
			}
		}
	}
}

func BenchmarkLook(b *testing.B) {
	for name, make := range tests {
		b.Run(name, func(b *testing.B) {
			test := make()
			b.ReportAllocs()
			for b.Loop() {
				test.Look(seq.Counts{N: 150, X: 1, BaseN: 1350, BaseX: 9}, 1)
				test.LogE()
			}
		})
	}
}

func TestALookAllocatesNothing(t *testing.T) {
	for name, make := range tests {
		test := make()
		if n := testing.AllocsPerRun(100, func() {
			test.Look(seq.Counts{N: 150, X: 1, BaseN: 1350, BaseX: 9}, 1)
			test.LogE()
		}); n != 0 {
			t.Errorf("%s: %v allocations a look", name, n)
		}
	}
}
