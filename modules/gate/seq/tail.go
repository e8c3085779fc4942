package seq

import (
	"encoding/json"
	"math"
)

// Tail bets that a rate is above both a baseline's and a fixed share. Its e-value is
// the lesser of a test of each: while the rate is at most one of the two, that one's
// test is fair, and the lesser is no more.
//
// A histogram makes such a question of "every request takes at most m times as
// long": as many may be slower than a bound b as are slower than b/m at the
// baseline, which nobody knows between two bounds, but that is at most what is
// slower than the next lower bound. So the baseline is counted at another bound
// than the candidate, see Beside.
type Tail struct {
	ratio *Ratio
	share shareTest
	base  Counts
}

// shareTest is a test of a rate against a share.
type shareTest interface {
	Look(c Counts, eta float64)
	LogE() float64
	Renew()
	Cap(logE float64)
}

// TailAbove bets by trials.
func TailAbove(share float64) *Tail { return &Tail{ratio: RatioAbove(1, 0), share: LimitAbove(share)} }

// TailBins bets by looks that have a bad trial, as Bins does.
func TailBins(share float64) *Tail { return &Tail{ratio: RatioAbove(1, 0), share: BinsAbove(share)} }

// Beside sets what the baseline served in the look to come: n trials, x of them
// bad.
func (t *Tail) Beside(n, x float64) { t.base = Counts{BaseN: n, BaseX: x} }

// Look adds what was seen since the look before; the baseline's part is that of
// Beside.
func (t *Tail) Look(c Counts, eta float64) {
	c.BaseN, c.BaseX = t.base.BaseN, t.base.BaseX
	t.ratio.Look(c, eta)
	t.share.Look(c, eta)
}

// LogE is the logarithm of the e-value so far.
func (t *Tail) LogE() float64 { return math.Min(t.ratio.LogE(), t.share.LogE()) }

// Renew is that of both tests.
func (t *Tail) Renew() {
	t.ratio.Renew()
	t.share.Renew()
}

// Cap is that of both tests.
func (t *Tail) Cap(logE float64) {
	t.ratio.Cap(logE)
	t.share.Cap(logE)
}

// Until is +Inf: what speaks against a candidate is not waited for.
func (t *Tail) Until(float64, Counts, float64) float64 { return math.Inf(1) }

type keptTail struct {
	Ratio *Ratio    `json:"ratio"`
	Share shareTest `json:"share"`
}

// MarshalJSON writes what both tests have seen.
func (t *Tail) MarshalJSON() ([]byte, error) { return json.Marshal(keptTail{t.ratio, t.share}) }

// UnmarshalJSON reads that into a test that was made in the same way.
func (t *Tail) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &keptTail{t.ratio, t.share})
}
