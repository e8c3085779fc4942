package session

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/forecast"
	"github.com/headgate-ci/headgate/modules/release"
)

// How today's traffic is learnt: from what Prometheus remembers, where it is
// configured, else by counting at the proxies for a moment. Latencies come as
// late as the proxies flush their histograms, every 5 s by default.
const (
	remembered = time.Hour
	counted    = 6 * time.Second
	// scrape is how far apart Prometheus' samples usually are.
	scrape = 15 * time.Second
)

// today is the service's traffic, and in words where that is from.
func (s *Session) today(ctx context.Context) (forecast.Traffic, string, error) {
	past, source, err := s.source.Past(ctx, s.subject, remembered)
	if err == nil && source != "" && past.Stable.Requests > 0 {
		d := past.End.Sub(past.Start)
		return s.trafficOf(past, d), fmt.Sprintf("the last %s, by %s", release.Duration{Duration: d.Round(time.Second)}, source), nil
	}
	reader, err := s.source.Open(ctx, s.subject, s.queries())
	if err != nil {
		return forecast.Traffic{}, "", err
	}
	defer reader.Close() //nolint:errcheck // nothing is written through it
	began := time.Now()
	if err := pause(ctx, counted); err != nil {
		return forecast.Traffic{}, "", err
	}
	reading, err := reader.Read(ctx)
	if err != nil {
		return forecast.Traffic{}, "", err
	}
	d := reading.At.Sub(began)
	return s.trafficOf(evidence.Evidence{Stable: reading.Stable}, d), fmt.Sprintf("counted for %s, by %s", d.Round(time.Second), s.source.Name()), nil
}

// before is what stable served in the last hour, where Prometheus is configured:
// the gates learn from it how errors come.
func (s *Session) before(ctx context.Context) ([]evidence.Evidence, error) {
	return s.source.Stable(ctx, s.subject, remembered, scrape)
}

// trafficOf is what stable served over a time; it served all there was.
func (s *Session) trafficOf(e evidence.Evidence, d time.Duration) forecast.Traffic {
	t := forecast.Traffic{Latency: e.Stable.Latency, Beside: s.release.Spec.Strategy.Beside(), Warmup: s.settings.Warmup, WarmupErrors: s.settings.WarmupErrors}
	if d > 0 {
		t.PerSecond = float64(e.Stable.Requests) / d.Seconds()
	}
	t.Errors, _ = e.Stable.ErrorRate()
	return t
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
