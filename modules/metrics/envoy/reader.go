package envoy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/series"
)

// member is a proxy that is read.
type member struct {
	proxy
	// old says that it ran before Open and was not read since: its first
	// answer is a baseline. Of a younger one everything is news.
	old bool
	// active says that it has counted requests to the subject.
	active bool
	// missed is how many times in a row it did not answer.
	missed int
}

// patience is how often in a row a proxy that counts nothing of ours may not
// answer before it is told: Pods come and go all over a mesh.
const patience = 3

// worth says that it is worth telling that it did not answer.
func (m *member) worth() bool { return m.active || m.old || m.missed >= patience }

type reader struct {
	source  *Source
	subject metrics.Subject

	mu      sync.Mutex
	tally   *series.Tally
	members []*member
	turn    int // of the idle members
	listed  time.Time
	fresh   time.Time
	notes   []string // for the next Reading
	closed  bool
}

func newReader(s *Source, subject metrics.Subject, at time.Time) *reader {
	return &reader{
		source: s, subject: subject, listed: at,
		tally: series.NewTally(s.sorter(subject), s.failure, at),
	}
}

// Read asks the proxies that count, and some of the others in turn.
func (r *reader) Read(ctx context.Context) (evidence.Reading, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return evidence.Reading{}, errors.New("envoy: the reader is closed")
	}
	at := time.Now()
	if err := r.relist(ctx, at); err != nil {
		return evidence.Reading{}, err
	}
	due, counting := r.due()
	if len(due) == 0 {
		return evidence.Reading{}, errors.New("envoy: no proxy is left to read: the Pods that called the service are gone")
	}
	scrapes := r.source.scrapeAll(ctx, due, r.subject)
	if err := allFailed(scrapes[:counting]); err != nil {
		return evidence.Reading{}, err
	}
	if err := allFailed(scrapes); err != nil {
		return evidence.Reading{}, err
	}
	failures := r.take(scrapes)
	r.fresh = at
	return r.reading(at, failures), nil
}

func (r *reader) reading(at time.Time, notes []string) evidence.Reading {
	out := r.tally.Look()
	out.At, out.Fresh, out.Notes = at, r.fresh, slices.Concat(r.notes, notes, out.Notes)
	r.notes = nil
	return out
}

// relist keeps the members as they are for a while: Pods come and go slowly.
func (r *reader) relist(ctx context.Context, at time.Time) error {
	if at.Sub(r.listed) < r.source.opts.Relist {
		return nil
	}
	proxies, _, err := r.source.proxies(ctx, r.subject)
	if err != nil {
		return err
	}
	if most := r.source.opts.MaxProxies; len(proxies) > most && len(r.members) < most {
		r.notes = append(r.notes, fmt.Sprintf("envoy: %d proxies may call the service, %d of them are read", len(proxies), most))
	}
	r.listed = at
	r.join(proxies, false)
	return nil
}

// join brings the members in line with the list; old ones were there at Open.
func (r *reader) join(proxies []proxy, old bool) {
	known := make(map[types.UID]*member, len(r.members))
	for _, m := range r.members {
		known[m.uid] = m
	}
	r.members = r.members[:0:0]
	for _, p := range proxies {
		m := known[p.uid]
		if m == nil {
			m = &member{proxy: p, old: old, active: r.source.opts.Side == DestinationSide}
		}
		r.members = append(r.members, m)
	}
	// Those that count stay when there are too many.
	slices.SortStableFunc(r.members, func(a, b *member) int { return rank(a) - rank(b) })
	r.members = r.members[:min(len(r.members), r.source.opts.MaxProxies)]
}

func rank(m *member) int {
	if m.active {
		return 0
	}
	return 1
}

// due is whom to ask now: all that count come first, counting of them.
func (r *reader) due() (due []proxy, counting int) {
	var idle []proxy
	for _, m := range r.members {
		if m.active {
			due = append(due, m.proxy)
		} else {
			idle = append(idle, m.proxy)
		}
	}
	counting = len(due)
	for i := range min(r.source.opts.IdlePerLook, len(idle)) {
		due = append(due, idle[(r.turn+i)%len(idle)])
	}
	r.turn += r.source.opts.IdlePerLook
	return due, counting
}

// take adds the answers up, and says which are missing.
func (r *reader) take(scrapes []scrape) (failures []string) {
	for _, one := range scrapes {
		i := slices.IndexFunc(r.members, func(m *member) bool { return m.uid == one.proxy.uid })
		switch {
		case i < 0:
		case one.err == nil:
			r.members[i].missed = 0
			r.count(r.members[i], one.samples)
		case !apierrors.IsNotFound(one.err): // not found: it has just ended
			if r.members[i].missed++; r.members[i].worth() {
				failures = append(failures, one.err.Error())
			}
		}
	}
	if n := len(failures); n > 3 {
		failures = []string{fmt.Sprintf("envoy: %d of %d proxies did not answer: %s; …", n, len(scrapes), strings.Join(failures[:2], "; "))}
	}
	return failures
}

func (r *reader) count(m *member, samples []series.Sample) {
	m.active = m.active || len(samples) > 0
	if m.old {
		r.tally.Baseline(samples)
		m.old = false
		return
	}
	r.tally.Add(samples)
}

// Close ends the reader.
func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}
