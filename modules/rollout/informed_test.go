package rollout

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// told are proxies that answer what a test says.
type told func() map[string]ProxyConfig

func (f told) Configs(context.Context) (map[string]ProxyConfig, error) { return f(), nil }

// TestInformed: a rollout waits until the callers' proxies know the candidate, by
// its name where they say it, and no longer.
func TestInformed(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		creates      int
		before, now  ProxyConfig
		after        time.Duration // when now is answered
		waits        time.Duration
		warns        bool
		detail       string
	}{
		{"it takes a new one", "by number where names are not told", 1, ProxyConfig{Added: 7}, ProxyConfig{Added: 8}, 2 * time.Second, 2 * time.Second, false, "their statistics name none"},
		{"it stood there before", "nothing new can come", 0, ProxyConfig{Added: 7}, ProxyConfig{Added: 7}, 0, 0, false, "where it stood before"},
		{"another one comes first", "a busy mesh has many, and names tell them apart", 1, ProxyConfig{Added: 7, Names: true}, ProxyConfig{Added: 9, Names: true}, 0, 20 * time.Second, true, ""},
		{"it comes by name", "whatever the number says", 1, ProxyConfig{Added: 7, Names: true}, ProxyConfig{Added: 7, Names: true, Knows: true}, 3 * time.Second, 3 * time.Second, false, "known to the callers' proxies: 1 of 1"},
		{"it is known by name already", "as after a crash", 1, ProxyConfig{Added: 7, Names: true, Knows: true}, ProxyConfig{Added: 7, Names: true, Knows: true}, 0, 0, false, "known to the callers' proxies: 1 of 1"},
		{"two are new", "one of them is not enough", 2, ProxyConfig{Added: 7}, ProxyConfig{Added: 8}, 0, 20 * time.Second, true, ""},
		{"it cannot be used yet", "known is not ready", 0, ProxyConfig{Added: 7, Knows: true}, ProxyConfig{Added: 7, Knows: true, Warming: 1}, 0, 20 * time.Second, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.creates = tt.creates
				began := time.Now()
				r := w.begin([]StepSpec{{Kind: KindRoute}})
				prepared := func() bool { return w.did("prepare") && time.Since(began) >= tt.after }
				r.deps.Proxies = told(func() map[string]ProxyConfig {
					if prepared() {
						return map[string]ProxyConfig{"demo/web-1": tt.now}
					}
					return map[string]ProxyConfig{"demo/web-1": tt.before}
				})
				res, err := r.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took < tt.waits || took > tt.waits+time.Second {
					t.Errorf("%s: waited %s, want %s", tt.reason, took, tt.waits)
				}
				if warned := strings.Contains(strings.Join(res.Warnings, "\n"), "have not taken"); warned != tt.warns {
					t.Errorf("%s: warnings %q", tt.reason, res.Warnings)
				}
				if !strings.Contains(res.Steps[0].Detail, tt.detail) {
					t.Errorf("%s: %q", tt.reason, res.Steps[0].Detail)
				}
			})
		})
	}
}
