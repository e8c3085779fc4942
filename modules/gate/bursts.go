package gate

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/seq"
)

const (
	// burstSpan is how long one cluster of errors may last before anything else is
	// seen: retries follow each other within it. It is the unit of package seq's
	// widths.
	burstSpan = 2 * time.Second
	// unknown is the cluster size taken while stable shows too few errors to
	// measure it. In the candidate's favour it falls to no less than fewest (a
	// request and the proxies' two retries) as soon as the few errors of stable
	// are seen to come alone.
	unknown = 10.
	fewest  = 3.
	// missed is how many clusters a candidate like stable would have had by now
	// for the size of those it had to matter: see sizes.
	missed = 1.5
	// strange is for how many windows the candidate's errors of one window may be
	// of one cause, whatever stable's are.
	strange = 1
	// nearlyAll is from which part on failed requests are a version that does not
	// work rather than a cluster.
	nearlyAll = .9
	// shareKnown and shareUnknown are the parts of the bet that need no size.
	shareKnown   = .1
	shareUnknown = .5
)

// bursts keeps errors that come at once from counting as many. It measures how
// many do, of each version at that version, and where the candidate has shown too
// few at stable. Bins are whole looks that together last at least burstSpan. A
// size is used for looks that come after those it was measured in; only one that
// the look itself shows to be larger counts at once.
type bursts struct {
	set       float64 // by the user; 0 measures
	alone     bool    // the candidate is not compared: nothing of stable's is in its proof
	single    bool    // a bin counts one error at most, for want of another bound
	clusters  seq.Clusters
	candidate seq.Clusters
	n, x      float64 // stable's in the open bin
	cn, cx    float64 // the candidate's
	burst     bool    // the look is in a burst that counts as one event
	hits      float64 // looks of the open bin in which the candidate had errors
	open      time.Duration
	bin       seq.Counts // of both, in the open bin of bets that need no size
	binOpen   time.Duration
}

// sizes are the cluster sizes for a look.
type sizes struct {
	own, base float64 // what an error of each version counts a part of, against the candidate
	inFavour  float64 // the same in its favour, for a whole proof
	early     float64 // and for a part of one
	known     bool
}

// whole counts a few errors as half of a cluster while the size of one is a
// guess: clusters of many sizes have small ones among them. While nothing is known
// of it they count as a whole one.
func (b *bursts) whole(n seq.Counts, s sizes) seq.Counts {
	if b.alone && !s.known && n.X > 0 {
		least := s.inFavour / 2
		if s.inFavour >= unknown {
			least = s.inFavour
		}
		n.X = max(n.X, min(least, n.N))
	}
	return n
}

// units are a look's counts in clusters: each version's by the size of its own.
func (s sizes) units(n seq.Counts) seq.Counts {
	return seq.Counts{N: n.N / s.own, X: min(n.X, n.N) / s.own, BaseN: n.BaseN / s.base, BaseX: min(n.BaseX, n.BaseN) / s.base}
}

// sizes are those for a look to come, by what was seen before it.
func (b *bursts) sizes() sizes {
	if b.set > 0 {
		return sizes{b.set, b.set, b.set, b.set, true}
	}
	k, known := b.clusters.Size()
	own, shown := b.candidate.Size()
	guess := 1. // what the candidate has shown of clusters larger than stable's
	if b.candidate.Plain() > 1 {
		guess = own
	}
	switch {
	case shown && known:
		if b.candidate.Plain() == 1 {
			own = min(own, k) // its noise is larger than stable's
		}
		return sizes{own, k, max(own, b.clusters.Bound()), max(own, k), true}
	case shown:
		return sizes{own, own, b.candidate.Bound(), own, true}
	case known:
		s := sizes{max(k, b.candidate.Plain()), k, max(b.clusters.Bound(), guess), max(k, guess), true}
		if b.alone && b.clusters.Expects(b.candidate.Trials()) > missed {
			s.inFavour = max(s.inFavour, min(unknown, b.candidate.Most(1)))
		}
		return s
	}
	s := sizes{own: max(k, unknown, guess), base: max(k, unknown), early: max(fewest, guess)}
	few := b.clusters.Most(3)
	if b.candidate.Errors() >= fewest { // fewer may be one small cluster among large ones
		few = min(few, b.candidate.Most(3))
	}
	few = max(few, fewest)
	if b.clusters.Errors() >= 2*unknown { // more than one cluster, so one that is spread over time shows
		few = max(few, b.clusters.Bound())
	}
	s.inFavour = max(min(few, s.base), guess)
	return s
}

// now are the sizes for a look that is there: errors that it shows to come
// together are no proof against the candidate because that is news.
func (b *bursts) now(n seq.Counts, window evidence.Evidence) sizes {
	s := b.sizes()
	if b.set > 0 {
		return s
	}
	span := b.units(b.open + lasted(window))
	x, all := b.cx+n.X, b.cn+n.N
	seen := b.candidate.With(all, x, span)
	s.own = max(s.own, seen.Plain())
	if seen.Windows() <= strange && !(all >= unknown && x > nearlyAll*all) {
		// Errors of several looks are not all of one moment.
		s.own = max(s.own, min(x/max(span, 1.5*(b.hits+1)), 2*unknown))
	}
	b.burst = b.habit(&seen)
	if b.burst {
		span := b.units(lasted(window))
		s.own = max(s.own, b.clusters.Episodes().Size(n.N/span))
		s.base = max(s.base, b.clusters.Episodes().Size(n.BaseN/span))
		s.inFavour = max(s.inFavour, s.own, s.base)
		s.early = s.inFavour
	}
	return s
}

// habit says that a burst of errors that lasts is one event, however many errors it
// has. Stable has shown several, or it has shown one and the candidate, good until
// now, is in one too: whether that is its own is seen when it goes on. A limit does
// not ask whose habit it is.
func (b *bursts) habit(candidate *seq.Clusters) bool {
	return b.recurring() || !b.alone && b.clusters.Episodes().Seen() && candidate.Episodes().Underway()
}

func (b *bursts) recurring() bool { return !b.alone && b.clusters.Episodes().Recurring() }

func (b *bursts) units(d time.Duration) float64 { return max(d.Seconds()/burstSpan.Seconds(), 1) }

func lasted(window evidence.Evidence) time.Duration { return max(window.End.Sub(window.Start), 0) }

// early is what to ask of a Step that has to reach part of a proof. Only the
// whole proof carries beta, so only that has to reckon with what was not seen.
func (b *bursts) early(part float64) float64 {
	if s := b.sizes(); part < 1 {
		return part * min(s.early/s.inFavour, 1)
	}
	return part
}

// closed adds a look to the open bin, and is the bin if it has ended. A bin is as
// long as errors of one cause have been seen to come.
func (b *bursts) closed(n seq.Counts, window evidence.Evidence) (bin seq.Counts, ok bool) {
	b.bin = seq.Counts{N: b.bin.N + n.N, X: b.bin.X + n.X, BaseN: b.bin.BaseN + n.BaseN, BaseX: b.bin.BaseX + n.BaseX}
	b.binOpen += lasted(window)
	if b.binOpen > 0 && b.units(b.binOpen) < max(b.clusters.Lasts(), b.candidate.Lasts()) || b.binOpen > 0 && b.binOpen < burstSpan {
		return bin, false
	}
	bin, b.bin, b.binOpen = b.bin, seq.Counts{}, 0
	return bin, true
}

// first counts the first error of the candidate in a bin, and no other.
func (b *bursts) first(n seq.Counts) seq.Counts {
	if n.X = min(n.X, 1); b.hits > 0 {
		n.X = 0
	}
	return n
}

// after closes a look; old has what the old version served.
func (b *bursts) after(c, old seq.Counts, window evidence.Evidence) {
	b.n, b.x = b.n+old.BaseN, b.x+old.BaseX
	b.cn, b.cx = b.cn+c.N, b.cx+c.X
	if c.X > 0 {
		b.hits++
	}
	b.open += lasted(window)
	if b.open < burstSpan && b.open > 0 {
		return
	}
	span := b.units(b.open)
	b.clusters.Window(b.n, b.x, span)
	b.candidate.Window(b.cn, b.cx, span)
	b.n, b.x, b.cn, b.cx, b.hits, b.open = 0, 0, 0, 0, 0, 0
}

// share is the part of the bet that needs no cluster size, when it begins. Where
// stable's errors come in bursts that last, bins are not independent.
func (b *bursts) share(known bool) float64 {
	switch {
	case b.set > 0 || b.recurring() || known && b.single:
		return 0
	case known:
		return shareKnown
	}
	return shareUnknown
}
