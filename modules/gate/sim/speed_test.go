package sim_test

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/sim"
)

func BenchmarkRollout(b *testing.B) {
	q := questions[1]
	t := rollout(cell{.001, 100, 15 * time.Second, 1}, q, q.good(.001), true, true)
	g := errorsGate(b, gate.ErrorsOptions{Max: ptr(.0015)})
	for i := 0; b.Loop(); i++ {
		sim.Run(t, uint64(i), g) //nolint:gosec // an index is not negative
	}
}
