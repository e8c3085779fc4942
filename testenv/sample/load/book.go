package load

import (
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	maxFailures = 20
	maxSeconds  = 3600
)

// book adds answers up. Its size does not grow with the number of requests.
type book struct {
	start time.Time

	mu      sync.Mutex
	sum     Result // without Duration and Latency
	latency histogram
}

func newBook(start time.Time) *book {
	return &book{start: start, sum: Result{Versions: map[string]Counts{}, Status: map[int]int64{}}}
}

func (b *book) add(a answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	failed := a.failed()
	b.sum.Counts = b.sum.plus(failed)
	b.sum.Versions[a.version] = b.sum.Versions[a.version].plus(failed)
	b.sum.Status[a.status]++
	b.sum.Behind = max(b.sum.Behind, a.late)
	b.latency.add(a.took)
	if failed && len(b.sum.Failures) < maxFailures {
		b.sum.Failures = append(b.sum.Failures, Failure{
			After: a.at.Sub(b.start), Status: a.status, Version: a.version, Detail: a.detail,
		})
	}
	second := b.second(a.at.Sub(b.start).Truncate(time.Second))
	second.Counts = second.plus(failed)
	second.Versions[a.version] = second.Versions[a.version].plus(failed)
}

// second finds or makes the entry of the timeline. Answers come almost in
// order, so the search from the end is short.
func (b *book) second(after time.Duration) *Second {
	i := len(b.sum.Timeline)
	for i > 0 && b.sum.Timeline[i-1].After > after {
		i--
	}
	if i > 0 && b.sum.Timeline[i-1].After == after {
		return &b.sum.Timeline[i-1]
	}
	b.sum.Timeline = slices.Insert(b.sum.Timeline, i, Second{After: after, Versions: map[string]Counts{}})
	if len(b.sum.Timeline) > maxSeconds && i > 0 {
		b.sum.Timeline = slices.Delete(b.sum.Timeline, 0, 1)
		i--
	}
	return &b.sum.Timeline[i]
}

// result is a copy that stays as it is.
func (b *book) result(now time.Time) Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.sum
	r.Duration = now.Sub(b.start)
	r.Versions = maps.Clone(r.Versions)
	r.Status = maps.Clone(r.Status)
	r.Failures = slices.Clone(r.Failures)
	r.Latency = b.latency.quantiles()
	r.Timeline = make([]Second, 0, len(b.sum.Timeline))
	for _, s := range b.sum.Timeline {
		r.Timeline = append(r.Timeline, s.clone())
	}
	return r
}
