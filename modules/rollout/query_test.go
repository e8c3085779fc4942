package rollout

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
)

// memory is a Prometheus that is asked for the share of failed requests in the
// last two minutes, by a label that the candidate shares with the version that
// was tried before it, up to the moment that this one began.
type memory struct {
	*world
	began    time.Time
	failing  float64 // share of the predecessor's 50 requests a second
	seen     []sample
	spans    [][2]time.Time
	answered float64
}

type sample struct {
	at time.Time
	c  evidence.Counts
}

const window = 2 * time.Minute

func (m *memory) Window(onTrial, step time.Time) {
	m.spans = append(m.spans, [2]time.Time{onTrial, step})
}

func (m *memory) Read(ctx context.Context) (evidence.Reading, error) {
	r, err := m.world.Read(ctx)
	m.seen = append(m.seen, sample{r.At, r.Candidate})
	from := r.At.Add(-window)
	var before evidence.Counts
	for _, s := range m.seen {
		if s.at.Before(from) {
			before = s.c
		}
	}
	own := r.Candidate.Sub(before)
	theirs := 50 * max(0, m.began.Sub(from).Seconds())
	if total := float64(own.Requests) + theirs; total > 0 {
		m.answered = (float64(own.Errors) + m.failing*theirs) / total
		r.Values = map[string]evidence.Value{"query": {Value: m.answered, At: r.At, OK: true}}
	}
	return r, err
}

func TestAQueryJudgesTheCandidateAndNotItsPredecessor(t *testing.T) {
	for why, c := range map[string]struct {
		predecessor, candidate float64
		promql                 string
		want                   report.Verdict
	}{
		"a good version right after a bad one": {1, 0, "sum(rate(failed[2m])) / sum(rate(all[2m]))", report.Promoted},
		"a bad version behind a good one":      {0, .3, "sum(rate(failed[2m])) / sum(rate(all[2m]))", report.RolledBack},
	} {
		t.Run(why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, err := gate.Query(gate.QueryOptions{PromQL: c.promql, Max: new(.1)})
				if err != nil {
					t.Fatal(err)
				}
				w := newWorld()
				w.rate, w.errorRate = 2000, c.candidate
				s := testSettings()
				s.Max, s.Total = 10*time.Minute, 3*time.Hour
				r := w.beginWith(s, weights(1, 25), g)
				m := &memory{world: w, began: time.Now(), failing: c.predecessor}
				r.deps.Reader, r.meter.reader = m, m
				res, err := r.Run(t.Context())
				if err != nil || res.Verdict != c.want {
					t.Errorf("got %s (%s), %v; want %s", res.Verdict, res.Reason, err, c.want)
				}
				for _, s := range res.Steps {
					if s.Name == "gate 1%" && (s.Status == report.Done) != (c.want == report.Promoted) {
						t.Errorf("the first gate is %s: %+v", s.Status, s.Gates)
					}
				}
			})
		})
	}
}

// $window grows with the step and never reaches before the candidate's traffic,
// over a hold as well.
func TestTheReaderIsToldHowFarBackTheCandidateGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		m := &memory{world: w}
		var first, second time.Time
		w.onCall = func(name string) {
			switch name {
			case "set 10":
				first = time.Now()
			case "set 50":
				second = time.Now()
			}
		}
		r := w.begin(weights(10, 50), atMost1())
		r.deps.Reader, r.meter.reader = m, m
		if res, err := r.Run(t.Context()); err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		steps := map[time.Time]bool{}
		for _, s := range m.spans {
			if steps[s[1]] = true; !s[0].IsZero() && (s[0].Before(first) || s[0].After(first.Add(5*time.Second))) {
				t.Errorf("the candidate's traffic is said to have begun at %s, its first weight was set at %s", s[0], first)
			}
		}
		if !steps[first] || !steps[second] || !m.spans[0][0].IsZero() {
			t.Errorf("the steps at %s and %s are not told of, or traffic before there was any: %v", first, second, m.spans)
		}
	})
}
