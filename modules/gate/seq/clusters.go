package seq

import "math"

const (
	// So many clusters and windows say something about their size.
	clusterCount   = 20
	clusterWindows = 10
	clusterMost    = 100
	// clusterTrials is how many trials make a window: in a smaller one a cluster
	// is most of the trials, and its share of them says little.
	clusterTrials = 30
	// clusterNone is up to where an estimate is taken for 1: its own noise.
	clusterNone = 1.3
)

// Clusters estimates how many errors come at once, from windows of one stream:
// the ratio of the variance of the counts to what independent errors would have.
// Errors that come k at a time make it k. The variance is taken from
// differences of neighbouring windows (von Neumann 1941), so that a rate that
// drifts over the day is not taken for clusters.
type Clusters struct {
	n, x    float64 // totals
	openN   float64 // a window that is still too small
	openX   float64
	lastN   float64
	lastX   float64
	pairs   float64
	squares float64 // Σ (difference of the rates)² / (1/n + 1/n')
}

// Window adds a window: n trials, x of them bad. It should be longer than a
// cluster lasts. Small ones are taken together.
func (c *Clusters) Window(n, x float64) {
	c.openN, c.openX = c.openN+n, c.openX+x
	if c.openN < clusterTrials {
		return
	}
	n, x, c.openN, c.openX = c.openN, c.openX, 0, 0
	if c.lastN > 0 {
		d := x/n - c.lastX/c.lastN
		c.squares += d * d / (1/n + 1/c.lastN)
		c.pairs++
	}
	c.n, c.x = c.n+n, c.x+x
	c.lastN, c.lastX = n, x
}

// Size is the estimate with one standard error added, from 1 up. While fewer
// than 20 clusters of that size were seen it is a guess and not known.
func (c *Clusters) Size() (k float64, known bool) {
	k, err := c.estimate()
	if math.IsInf(err, 1) {
		return 1, false
	}
	known = c.x/k >= clusterCount && c.pairs >= clusterWindows
	k *= 1 + err
	if k < clusterNone {
		k = 1
	}
	return math.Min(k, clusterMost), known
}

// Most is the estimate with three standard errors added: what the size is hardly
// above, also by the few errors that leave Size a guess. Without any it is
// infinite.
func (c *Clusters) Most() float64 {
	k, err := c.estimate()
	return k * (1 + 3*err)
}

// estimate is the size, from 1 up, and its standard error as a part of it;
// infinite when nothing was seen.
func (c *Clusters) estimate() (k, err float64) {
	rate := c.x / c.n
	if !(c.x > 0) || c.pairs < 1 || rate >= 1 {
		return 1, math.Inf(1)
	}
	k = math.Max(c.squares/c.pairs/(rate*(1-rate)), 1)
	return k, math.Sqrt(3/c.pairs + k/c.x)
}
