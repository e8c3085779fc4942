package seq

const (
	// A window belongs to a burst when it has more than episodeTimes as many bad
	// trials as the calm ones, and episodeClusters clusters beyond that.
	episodeTimes    = 4.
	episodeClusters = 6.
	// A burst of episodeLeast units is an episode, and one of so many clusters more
	// than usual; any other is a cluster. One of episodeMost is what is usual now.
	episodeLeast = 3.
	episodeLarge = 50.
	episodeMost  = 32.
	// episodeGap is how many calm windows end a burst.
	episodeGap = 2
	// recurring is from how many episodes on they are a habit and no accident.
	recurring = 2
)

// Episodes are bursts of errors that last: an outage, a dependency's bad quarter
// of a minute. One says nothing about the errors of other times, and nothing
// about whose it will be next; so it is left out of the estimate of the size of
// clusters. Several are a habit of the stream: then an episode is what is
// independent of the next, however many errors it has.
type Episodes struct {
	calm    window    // what is usual
	run     window    // the burst under way
	held    [2]window // its first windows, which go back if it is over at once
	back    int
	quiet   [episodeGap]window // the calm windows behind it
	still   int
	count   float64
	length  float64 // units, of all of them
	areas   float64 // Σ of units times rate
	squares float64 // Σ of their squares
	area    float64 // of the run
}

// sift takes a window and gives back those that belong to no burst, oldest first.
func (e *Episodes) sift(w window, k float64) (calm [2 + episodeGap + 1]window, n int) {
	give := func(w window) {
		calm[n] = w
		n++
		e.calm = e.calm.plus(w)
	}
	high := e.calm.n > 0 && w.x > episodeTimes*w.n*(e.calm.x+1)/e.calm.n+episodeClusters*k
	switch {
	case high:
		e.grow(w)
	case e.run.span == 0:
		give(w)
	default:
		e.quiet[e.still] = w
		if e.still++; e.still < episodeGap {
			return calm, n
		}
		for _, h := range e.held[:e.end(k)] {
			give(h)
		}
		for _, q := range e.quiet[:e.still] {
			give(q)
		}
		e.run, e.area, e.back, e.still = window{}, 0, 0, 0
	}
	return calm, n
}

// grow adds a window to the burst, with the calm ones in its midst. A burst that
// does not end is what is usual now.
func (e *Episodes) grow(w window) {
	for _, q := range e.quiet[:e.still] {
		e.hold(q)
	}
	e.still = 0
	if e.hold(w); e.run.span > episodeMost {
		e.calm = e.run
		e.run, e.area, e.back = window{}, 0, 0
	}
}

func (e *Episodes) hold(w window) {
	if e.back < len(e.held) {
		e.held[e.back] = w
		e.back++
	}
	e.run = e.run.plus(w)
	e.area += w.span * w.x / w.n
}

// end closes the burst: an episode is counted, and how many windows of a smaller
// one go back.
func (e *Episodes) end(k float64) (back int) {
	if e.small(k) {
		return e.back
	}
	e.count++
	e.length += e.run.span
	e.areas += e.area
	e.squares += e.area * e.area
	return 0
}

// Recurring says that bursts are a habit of this stream.
func (e *Episodes) Recurring() bool { return e.count >= recurring }

// Seen says that there was one at least.
func (e *Episodes) Seen() bool { return e.count > 0 }

// Underway says that the stream is in a burst now, after calmer times.
func (e *Episodes) Underway() bool { return e.run.span > 0 }

// Length is how long one lasts on average, in units.
func (e *Episodes) Length() float64 {
	if e.count == 0 {
		return 0
	}
	return e.length / e.count
}

// Size is how many errors one has where a unit of time has n trials: the mean
// that an error sees.
func (e *Episodes) Size(n float64) float64 {
	if e.areas == 0 {
		return 1
	}
	return max(n*e.squares/e.areas, 1)
}

// small says that the burst under way is no episode so far.
func (e *Episodes) small(k float64) bool {
	return e.run.span < episodeLeast && e.run.x < episodeLarge*k
}
