package seq

import "math"

const (
	// So many clusters and windows say something about their size.
	clusterCount   = 20
	clusterWindows = 10
	clusterMost    = 1000
	// clusterTrials is how many trials make a window: in a smaller one a cluster
	// is most of the trials, and its share of them says little.
	clusterTrials = 30
	// clusterNone is up to where an estimate is taken for 1: its own noise.
	clusterNone = 1.3
	// widths is how many widths of windows are looked at: 1, 2, 4, … 32 units, so
	// 64 s where a unit is 2 s. Fewer than longWindows pairs of a long width say
	// nothing.
	widths      = 6
	longWindows = 4
	// driftGrows is how much more a width may show than the one half as long.
	driftGrows = 5.
	// longNoise is by how many standard errors a longer width must show more.
	longNoise = 2.5
)

// Clusters estimates how many errors of one cause there are, from windows of one
// stream: the ratio of the variance of the counts to what independent errors
// would have. Errors that come k at a time make it k. The variance is taken from
// differences of neighbouring windows (von Neumann 1941), so that a rate that
// drifts over the day is not taken for clusters.
//
// Errors of one cause may come over many seconds, and neighbouring windows then
// share them, which hides their size. So the ratio is taken in windows of
// growing width, and the largest counts (batch means: Flegal and Jones, arXiv
// 0811.1729). A burst that lasts, as an outage does, is no cluster
// and stands apart (see Episodes).
type Clusters struct {
	openN, openX, openSpan float64 // a window that is still too small
	by                     byWidth
	episodes               Episodes
}

// Window adds a window: n trials, x of them bad, in span units of time (at least
// one). Small ones are taken together.
func (c *Clusters) Window(n, x, span float64) {
	c.openN, c.openX, c.openSpan = c.openN+n, c.openX+x, c.openSpan+span
	if c.openN >= clusterTrials {
		c.end()
	}
}

func (c *Clusters) end() {
	w := window{c.openN, c.openX, c.openSpan}
	c.openN, c.openX, c.openSpan = 0, 0, 0
	calm, few := c.episodes.sift(w, c.by[0].ratio())
	for _, w := range calm[:few] {
		c.by.add(w)
	}
}

// Size is the estimate with one standard error added, from 1 up. While fewer
// than 20 clusters of that size were seen it is a guess and not known. A longer
// window counts when its ratio is larger by more than its own noise.
func (c *Clusters) Size() (k float64, known bool) {
	by := c.settled()
	k, err := by[0].estimate()
	if math.IsInf(err, 1) {
		return 1, false
	}
	k *= 1 + err
	for i := 1; i < widths; i++ {
		long, err, ok := by.longer(i)
		if !ok || long <= k*(1+longNoise/2*err) {
			continue
		}
		if sure := long > k*(1+longNoise*err); sure && by.unseen(i) {
			long *= 2 // it still grows with the widest that there is
		}
		k = long
	}
	known = by[0].x/k >= clusterCount && by[0].pairs >= clusterWindows
	if k < clusterNone {
		k = 1
	}
	return math.Min(k, clusterMost), known
}

// Bound is what the size is hardly above, for a proof that errors are rare: there a
// size that is too small counts for the candidate. Errors of one cause that come over
// ten seconds show only in longer windows, of which there are few at first; so a longer
// width that shows more has its standard error added.
func (c *Clusters) Bound() float64 {
	most, _ := c.Size()
	by := c.settled()
	short, err := by[0].estimate()
	short *= 1 + err
	for i := 1; i < widths; i++ {
		if long, err, ok := by.longer(i); ok && long > short*(1+longNoise/2*err) {
			most = max(most, long*(1+err))
		}
	}
	return math.Min(most, clusterMost)
}

// With is the estimate as it were if another window, however small, ended here.
func (c *Clusters) With(n, x, span float64) Clusters {
	out := *c
	if out.openN += n; out.openN > 0 {
		out.openX, out.openSpan = out.openX+x, out.openSpan+span
		out.end()
	}
	return out
}

// Lasts is how long the errors of one cause come, in units: the shortest width
// whose ratio no longer one exceeds by more than noise.
func (c *Clusters) Lasts() float64 {
	at := 0
	k, err := c.by[0].estimate()
	for i := 1; i < widths; i++ {
		if long, more, ok := c.by.longer(i); ok && long > k*(1+err)*(1+more) {
			if at, k, err = i, long, more; c.by.unseen(i) {
				at++
			}
		}
	}
	return float64(int(1) << at)
}

// Plain is the estimate as it is, where its noise does not explain it; else 1.
func (c *Clusters) Plain() float64 {
	by := c.settled()
	k, err := by[0].estimate()
	if k < clusterNone*(1+err) {
		return 1
	}
	return math.Min(k, by[0].x)
}

// Most is the estimate with some standard errors added (three: what the size is
// hardly above, also by the few errors that leave Size a guess). Without any error
// it is infinite.
func (c *Clusters) Most(errors float64) float64 {
	by := c.settled()
	k, err := by[0].estimate()
	return k * (1 + errors*err)
}

// Windows is how many have ended.
func (c *Clusters) Windows() float64 {
	if c.by[0].last[0].n == 0 {
		return 0
	}
	return c.by[0].pairs + 1
}

// Expects is how many clusters n trials of this stream have on average.
func (c *Clusters) Expects(n float64) float64 {
	k, _ := c.Size()
	if c.by[0].n == 0 {
		return 0
	}
	return n * c.by[0].x / c.by[0].n / k
}

// Errors is how many bad trials there were in the windows.
func (c *Clusters) Errors() float64 { return c.by[0].x }

// Trials is how many there were in the windows.
func (c *Clusters) Trials() float64 { return c.by[0].n }

// settled are the sums with the windows of a burst that is too short to be an
// episode so far.
func (c *Clusters) settled() byWidth {
	by := c.by
	if e := &c.episodes; e.run.span < episodeLeast { // a large one, too: it may be one cause
		for _, w := range e.held[:e.back] {
			by.add(w)
		}
	}
	return by
}

// Episodes are the bursts that stand apart.
func (c *Clusters) Episodes() *Episodes { return &c.episodes }

// window is a stretch of time.
type window struct{ n, x, span float64 }

func (w window) rate() float64 { return w.x / w.n }

func (w window) plus(o window) window { return window{w.n + o.n, w.x + o.x, w.span + o.span} }

// byWidth are the sums over windows of 1, 2, 4, … units.
type byWidth [widths]windows

func (b *byWidth) add(w window) {
	for i := range b {
		b[i].add(w, float64(int(1)<<i), i > 0)
	}
}

// longer is the estimate by a longer width; false while there are too few, and
// where it is a drift that makes it large: a drift's part grows with the fifth
// power of the width, that of clusters with the second at most.
func (b *byWidth) longer(i int) (k, err float64, ok bool) {
	if b[i].pairs < longWindows {
		return 1, 0, false
	}
	short, _ := b[i-1].estimate()
	k, err = b[i].estimate()
	return k, err, k-1 <= driftGrows*(short-1)
}

// unseen says that the next longer width has too few windows to say anything.
func (b *byWidth) unseen(i int) bool {
	longer := b[min(i+1, widths-1)]
	return i+1 < widths && longer.pairs < longWindows
}

// windows are the sums over windows of one width.
type windows struct {
	n, x    float64 // totals
	open    window
	last    [2]window
	pairs   float64
	squares float64 // Σ (difference of the rates)², each over what it would be for independent errors of rate 1
}

// add takes differences of two neighbours, or of a window and the mean of both
// its neighbours: longer windows would take a drift for clusters.
func (w *windows) add(more window, width float64, both bool) {
	w.open = w.open.plus(more)
	if w.open.span < width {
		return
	}
	now, mid, old := w.open, w.last[0], w.last[1]
	w.open, w.last = window{}, [2]window{now, mid}
	w.n, w.x = w.n+now.n, w.x+now.x
	switch {
	case both && old.n > 0:
		d := mid.rate() - (now.rate()+old.rate())/2
		w.squares += d * d / (1/mid.n + (1/now.n+1/old.n)/4)
		w.pairs++
	case !both && mid.n > 0:
		d := now.rate() - mid.rate()
		w.squares += d * d / (1/now.n + 1/mid.n)
		w.pairs++
	}
}

// estimate is the size, from 1 up, and its standard error as a part of it;
// infinite when nothing was seen.
func (w *windows) estimate() (k, err float64) {
	rate := w.x / w.n
	if !(w.x > 0) || w.pairs < 1 || rate >= 1 {
		return 1, math.Inf(1)
	}
	k = math.Max(w.squares/w.pairs/(rate*(1-rate)), 1)
	return k, math.Sqrt(3/w.pairs + k/w.x)
}

func (w *windows) ratio() float64 { k, _ := w.estimate(); return k }
