package watchdog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// cluster is what the watchdog sees: a Lease that is renewed every three
// seconds while the driver lives, and an API server with its moods.
type cluster struct {
	began    time.Time
	died     time.Duration // when the driver did; never when 0
	back     time.Duration // when another driver came; never when 0
	given    time.Duration // when the Lease was given back; never when 0
	ended    time.Duration // when the Rollout did; never when 0
	down, up time.Duration // the API server's outage
	flaky    float64       // share of calls that fail
	slow     time.Duration // how long an answer takes after the read
	random   *rand.Rand
}

var errDown = errors.New("connection refused")

func reached(now, at time.Duration) bool { return at > 0 && now >= at }

func (c *cluster) call() (time.Duration, error) {
	now := time.Since(c.began)
	time.Sleep(c.slow)
	if now >= c.down && now < c.up || c.random.Float64() < c.flaky {
		return now, errDown
	}
	return now, nil
}

func (c *cluster) Sign(context.Context) (Sign, error) {
	now, err := c.call()
	if err != nil || reached(now, c.given) {
		return Sign{}, err
	}
	driver := "first"
	switch {
	case reached(now, c.back):
		driver = "second"
	case reached(now, c.died):
		now = c.died
	}
	if now >= c.down && now < c.up { // nor could the driver renew it
		now = c.down
	}
	return Sign{Driver: driver, Beat: fmt.Sprint(driver, now/(3*time.Second))}, nil
}

func (c *cluster) Over(context.Context) (string, error) {
	now, err := c.call()
	if err == nil && reached(now, c.ended) {
		return "it was promoted", nil
	}
	return "", err
}

const after = 30 * time.Second

func watch(t *testing.T, c *cluster, within time.Duration) (Finding, time.Duration, error) {
	t.Helper()
	c.began, c.random = time.Now(), rand.New(rand.NewPCG(1, 2))
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	f, err := Watch{Source: c, After: after}.Wait(ctx)
	return f, time.Since(c.began), err
}

func TestSilenceIsFoundInTime(t *testing.T) {
	tests := []struct {
		name     string
		cluster  *cluster
		earliest time.Duration
		latest   time.Duration
	}{
		{"the driver was killed", &cluster{died: 47 * time.Second}, 75 * time.Second, 79 * time.Second},
		{"it was dead before the watchdog began", &cluster{died: time.Nanosecond}, after, 32 * time.Second},
		{"a watchdog that was restarted counts anew", &cluster{died: time.Nanosecond}, after, 32 * time.Second},
		{"the Lease was deleted and the Rollout goes on", &cluster{given: 20 * time.Second}, 50 * time.Second, 54 * time.Second},
		{"the next driver was killed, too", &cluster{died: 10 * time.Second, back: 30 * time.Second, given: 50 * time.Second}, 80 * time.Second, 84 * time.Second},
		{"an outage of the API server does not count", &cluster{died: 10 * time.Second, down: 20 * time.Second, up: 80 * time.Second}, 110 * time.Second, 114 * time.Second},
		{"a fifth of the calls fails", &cluster{died: 47 * time.Second, flaky: .2}, 75 * time.Second, 90 * time.Second},
		{"answers take eight seconds", &cluster{died: 40 * time.Second, slow: 8 * time.Second}, 66 * time.Second, 110 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, took, err := watch(t, tt.cluster, time.Hour)
				if err != nil || f.Over != "" {
					t.Fatalf("found %+v, %v", f, err)
				}
				if took < tt.earliest || took > tt.latest {
					t.Errorf("after %s; want %s to %s", took, tt.earliest, tt.latest)
				}
				if f.Silent < after {
					t.Errorf("silent for %s only", f.Silent)
				}
			})
		})
	}
}

func TestALivingDriverIsLeftAlone(t *testing.T) {
	tests := map[string]*cluster{
		"all is well": {},
		"the API server is away for longer than After": {down: 100 * time.Second, up: 200 * time.Second},
		"half of all calls fail":                       {flaky: .5},
		"answers take nine seconds":                    {slow: 9 * time.Second},
		"another takes over in time":                   {died: 100 * time.Second, back: 125 * time.Second},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if f, took, err := watch(t, c, 24*time.Hour); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("after %s: found %+v, %v", took, f, err)
				}
			})
		})
	}
}

func TestItEndsWithTheRollout(t *testing.T) {
	tests := map[string]*cluster{
		"its driver gave the Lease back":        {given: 100 * time.Second, ended: 100 * time.Second},
		"its driver died after its last record": {died: 100 * time.Second, ended: 100 * time.Second},
		"another rollout has begun":             {back: 100 * time.Second, ended: 99 * time.Second},
		"it had ended before":                   {ended: time.Nanosecond, died: time.Nanosecond},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if f, took, err := watch(t, c, time.Hour); err != nil || f.Over == "" || took > 134*time.Second {
					t.Errorf("after %s: found %+v, %v", took, f, err)
				}
			})
		})
	}
}
