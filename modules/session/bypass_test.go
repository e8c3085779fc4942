package session

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// wayside is a split that knows its ways and nothing else.
type wayside struct {
	traffic.Split
	ways traffic.Ways
}

func (w wayside) Ways() traffic.Ways { return w.ways }

// teller is a source that names subsets, or not.
type teller struct {
	metrics.Source
	tells bool
}

func (teller) Check(context.Context, metrics.Subject) error { return nil }
func (s teller) TellsSubsets(context.Context, metrics.Subject) (bool, error) {
	return s.tells, nil
}

// TestSetAside: what becomes of requests by routes that are not edited, and what a
// person is told of it.
func TestSetAside(t *testing.T) {
	t.Parallel()
	const host = "sample.demo.svc.cluster.local"
	way := func(subset string) traffic.Way { return traffic.Way{Host: host, Subset: subset} }
	ways := func(b ...traffic.Bypass) traffic.Ways {
		return traffic.Ways{Stable: []traffic.Way{way("v1")}, Candidate: []traffic.Way{way("canary-headgate")}, Bypasses: b}
	}
	preview := traffic.Bypass{Way: way("canary"), Route: "the preview", Candidate: true}
	for _, tt := range []struct {
		name, reason string
		ways         traffic.Ways
		tells        bool
		aside        []metrics.Way
		bypassed     rollout.Bypassed
		says         string
	}{
		{"nothing passes by", "there is nothing to say", ways(), true, nil, rollout.Bypassed{}, ""},
		{"a preview", "the subset tells it apart", ways(preview), true, []metrics.Way{{Host: host, Subset: "canary"}}, rollout.Bypassed{}, "the preview sends to the candidate by your own word: these requests are in no share and no gate"},
		{"a preview, with Istio's own series", "they name no subset", ways(preview), false, nil, rollout.Bypassed{Candidate: true}, "metrics.prometheus.labels.subset"},
		{"a preview the same way", "nothing tells it apart", ways(traffic.Bypass{Way: way("canary-headgate"), Route: "x", Candidate: true}), true, nil, rollout.Bypassed{Candidate: true}, "no less than the weight"},
		{"another route to stable", "it goes the same way", ways(traffic.Bypass{Way: way("v1"), Route: "x", Stable: true}), true, nil, rollout.Bypassed{Stable: true}, "more than before and no more than the weight"},
		{"another route to stable by its own subset", "the subset tells it apart", ways(traffic.Bypass{Way: way("web"), Route: "x", Stable: true}), true, []metrics.Way{{Host: host, Subset: "web"}}, rollout.Bypassed{}, "x sends to stable and is not edited: these requests are in no share"},
		{"a route to both", "it names no subset", ways(traffic.Bypass{Way: way(""), Route: "x", Stable: true, Candidate: true}), false, nil, rollout.Bypassed{Stable: true, Candidate: true}, "no less than the weight"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &Session{split: wayside{ways: tt.ways}, source: metrics.Auto(teller{tells: tt.tells})}
			if err := s.source.Check(t.Context(), s.subject); err != nil {
				t.Fatal(err)
			}
			said := strings.Join(s.setAside(t.Context()), "\n")
			if d := cmp.Diff(tt.aside, s.subject.Aside); d != "" || s.bypassed != tt.bypassed {
				t.Errorf("%s: counted nevertheless %+v; aside (-want +got):\n%s", tt.reason, s.bypassed, d)
			}
			if !strings.Contains(said, tt.says) || (tt.says == "") != (said == "") {
				t.Errorf("%s: want %q in %q", tt.reason, tt.says, said)
			}
		})
	}
}
