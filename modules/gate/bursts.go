package gate

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/seq"
)

const (
	// burstSpan is how long one cluster of errors may last: retries follow each
	// other within it.
	burstSpan = 2 * time.Second
	// unknown is the cluster size taken while stable shows too few errors to
	// measure it. In the candidate's favour it falls to no less than fewest (a
	// request and the proxies' two retries) as soon as the few errors of stable
	// are seen to come alone.
	unknown = 10.
	fewest  = 3.
)

// bursts keeps errors that come at once from counting as many. It measures how
// many do at stable, or where stable shows too few errors at the candidate, and
// until that is known it counts for the candidate at most one a bin. Bins are
// whole looks that together last at least burstSpan. A size is used for looks
// that come after those it was measured in.
type bursts struct {
	set       float64 // by the user; 0 measures
	clusters  seq.Clusters
	candidate seq.Clusters
	n, x      float64 // stable's in the open bin
	cn, cx    float64 // the candidate's
	open      time.Duration
	counted   bool // the open bin has had its burst
}

// sizes are the cluster sizes for the look to come, by what was seen before it.
func (b *bursts) sizes() (against, inFavour float64, known bool) {
	if b.set > 0 {
		return b.set, b.set, true
	}
	k, known := b.clusters.Size()
	if known {
		return k, k, true
	}
	if own, seen := b.candidate.Size(); seen {
		return own, own, true
	}
	against = max(k, unknown)
	return against, min(max(b.clusters.Most(), fewest), against), false
}

// early is what to ask of a Step that has to reach part of a proof. Only the
// whole proof carries beta, so only that has to reckon with ten errors at once
// while nothing is known of them.
func (b *bursts) early(part float64) float64 {
	if _, inFavour, known := b.sizes(); part < 1 && !known {
		return part * min(fewest/inFavour, 1)
	}
	return part
}

// first is 1 for the first candidate errors of a bin, else 0.
func (b *bursts) first(errors float64) float64 {
	if errors <= 0 || b.counted {
		return 0
	}
	b.counted = true
	return 1
}

// after closes a look; old has what the old version served.
func (b *bursts) after(c, old seq.Counts, window evidence.Evidence) {
	b.n, b.x = b.n+old.BaseN, b.x+old.BaseX
	b.cn, b.cx = b.cn+c.N, b.cx+c.X
	b.open += window.End.Sub(window.Start)
	if b.open < burstSpan && b.open > 0 {
		return
	}
	b.clusters.Window(b.n, b.x)
	b.candidate.Window(b.cn, b.cx)
	b.n, b.x, b.cn, b.cx, b.open, b.counted = 0, 0, 0, 0, 0, false
}
