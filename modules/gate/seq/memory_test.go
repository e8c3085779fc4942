package seq_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// What is known of sides of a median: (2/π)·asin φ at a distance of 1.
func TestHowLongAnswersHangTogetherIsMeasured(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		phi       float64
		answers   int
		low, high float64
	}{
		"independent answers count one each":      {0, 400, 1, 1.5},
		"a half is carried over":                  {.5, 400, 2.2, 3.6},
		"nearly all is carried over":              {.95, 400, 20, 60},
		"a dozen that wander are not independent": {.95, 12, 6, 60},
		"three answers tell nothing of it":        {0, 3, 30, 60},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			var lengths []float64
			for seed := range uint64(40) {
				lengths = append(lengths, walked(c.phi, c.answers, seed).Length())
			}
			mean := 0.
			for _, l := range lengths {
				mean += l / float64(len(lengths))
			}
			if mean < c.low || mean > c.high {
				t.Errorf("%.1f answers count as one, want %v to %v", mean, c.low, c.high)
			}
		})
	}
}

func walked(phi float64, answers int, seed uint64) *seq.Memory {
	var m seq.Memory
	d := rand.New(rand.NewPCG(seed, 5))
	z := d.NormFloat64()
	for range answers {
		m.Look(100 + z)
		z = phi*z + math.Sqrt(1-phi*phi)*d.NormFloat64()
	}
	return &m
}

func TestAnswersThatAreAllAlikeCountOneEach(t *testing.T) {
	t.Parallel()
	var m seq.Memory
	for range 5 {
		m.Look(7)
	}
	if m.Length() != 1 || m.Step() != 0 {
		t.Errorf("%v answers count as one, %v apart", m.Length(), m.Step())
	}
}
