package seq

import (
	"encoding/json"
	"math"
)

const (
	// closest is how strongly neighbouring answers are taken to hang together while
	// too few were seen to tell, and about the most that a rollout can tell.
	closest = .97
	// memoryLeast is how many answers tell something.
	memoryLeast = 4
)

// Memory estimates how long the answers of a gauge hang together: an answer that is
// much like the one before is no second proof. It takes them for an autoregression
// (each is φ times the one before, around a mean, and chance) and measures φ by how
// much neighbours differ beside how much all do (von Neumann 1941). It reads the
// answers themselves, since answers that were all on one side of a bound say nothing
// by their sides.
type Memory struct {
	n, mean, squares float64 // Σ (answer − mean)²
	last, steps      float64 // Σ (answer − the one before)²
}

// Look adds an answer.
func (m *Memory) Look(y float64) {
	if m.n > 0 {
		m.steps += (y - m.last) * (y - m.last)
	}
	m.n++
	off := y - m.mean
	m.mean += off / m.n
	m.squares += off * (y - m.mean)
	m.last = y
}

// Known says that there were enough answers to tell something.
func (m *Memory) Known() bool { return m.n >= memoryLeast }

// Mean is that of all answers.
func (m *Memory) Mean() float64 { return m.mean }

// Neighbours is the correlation of answers next to each other with two standard
// errors added, 0 to closest.
func (m *Memory) Neighbours() float64 {
	if m.n < memoryLeast {
		return closest
	}
	if !(m.squares > 0) {
		return 0 // all alike
	}
	phi := 1 - m.steps/(2*m.squares) + 2/math.Sqrt(m.n)
	return min(max(phi, 0), closest)
}

// Length is how many answers tell as much as one: the sum of the correlations of
// which side of their median they fall on, which for an autoregression is
// (2/π)·asin φᵏ at a distance of k.
func (m *Memory) Length() float64 {
	phi := m.Neighbours()
	sum, power := 1., phi
	for power > 1e-3 {
		sum += 4 / math.Pi * math.Asin(power)
		power *= phi
	}
	return sum
}

// Step is how much an answer typically differs from the one before.
func (m *Memory) Step() float64 {
	if m.n < memoryLeast {
		return math.Inf(1)
	}
	return math.Sqrt(m.steps / (m.n - 1))
}

// MarshalJSON writes the sums behind an estimate.
func (m Memory) MarshalJSON() ([]byte, error) {
	return json.Marshal([5]float64{m.n, m.mean, m.squares, m.last, m.steps})
}

// UnmarshalJSON reads them.
func (m *Memory) UnmarshalJSON(data []byte) error {
	in := [5]float64{}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	m.n, m.mean, m.squares, m.last, m.steps = in[0], in[1], in[2], in[3], in[4]
	return nil
}
