package traffic

import "fmt"

// Weights are the shares of stable's traffic, in percent, that the versions
// beside it get; what is left of a hundred is stable's own.
type Weights struct {
	Candidate int `json:"candidate"`
	// Baseline is 0 where there is none.
	Baseline int `json:"baseline,omitempty"`
}

// Stable is what is left.
func (w Weights) Stable() int { return 100 - w.Candidate - w.Baseline }

// Check says what is wrong with the weights.
func (w Weights) Check() error {
	if w.Candidate < 0 || w.Baseline < 0 || w.Stable() < 0 {
		return fmt.Errorf("weight %s is not between 0 and 100", w)
	}
	return nil
}

// String is such as "25%", or "25% and the baseline 25%".
func (w Weights) String() string {
	if w.Baseline == 0 {
		return fmt.Sprintf("%d%%", w.Candidate)
	}
	return fmt.Sprintf("%d%% and the baseline %d%%", w.Candidate, w.Baseline)
}
