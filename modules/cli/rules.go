package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rules"
	"github.com/headgate-ci/headgate/modules/session"
)

// RuleFlags say by which rules traffic is judged.
type RuleFlags struct {
	Release    releaseFile      `name:"file" short:"f" aliases:"release" placeholder:"FILE" help:"Release file whose gates, steps and bounds decide."`
	MaxErrors  *release.Percent `placeholder:"SHARE" group:"gates" help:"Gate without a file: at most this share of the requests may fail, such as 1%."`
	Regression *float64         `placeholder:"FACTOR" group:"gates" help:"Gate without a file: at most so many times stable's share may fail, such as 1.5."`
	MaxP99     time.Duration    `name:"max-p99" placeholder:"TIME" group:"gates" help:"Gate without a file: the p99 may be at most this, such as 500ms."`
	Alpha      *release.Percent `placeholder:"SHARE" group:"gates" help:"How likely a good version may be rolled back, 1% by default."`
	Beta       *release.Percent `placeholder:"SHARE" group:"gates" help:"How likely a version worse than the limit may be promoted, 5% by default."`
	Effect     *release.Percent `placeholder:"SHARE" group:"gates" help:"How much worse than a comparison with stable allows still counts as good, 0.5% by default."`
	Fixed      bool             `group:"gates" help:"Compare with the limits once 100 requests are in; no promise about chance."`

	Peers     []string      `enum:"flagger,flagger-fastest,argo,argo-fastest,none" default:"flagger,flagger-fastest,argo,argo-fastest" sep:"," placeholder:"RULES" help:"Other tools' rules to put beside: flagger, flagger-fastest, argo, argo-fastest, or none."`
	PeerLimit float64       `default:"99" placeholder:"PERCENT" help:"Success rate that the other tools' rules want."`
	Scrape    time.Duration `default:"5s" placeholder:"TIME" help:"How often the other tools' Prometheus samples the counters."`
}

// headgate is Headgate's rule; named is what it is called in tables.
func (f RuleFlags) headgate(named string, durations bool) (rules.Headgate, error) {
	out, err := f.base(durations)
	if err != nil {
		return out, err
	}
	out.Label = named
	if !f.asked() {
		return out, nil
	}
	switch {
	case f.MaxP99 > 0 && !durations:
		return out, usageError("--max-p99 %s: no durations are counted here; simulate invents them with --latency", f.MaxP99)
	case f.MaxP99 < 0:
		return out, usageError("--max-p99 %s: no request takes less than no time", f.MaxP99)
	}
	q := rules.Question{Regression: f.Regression, MaxP99: f.MaxP99, Promise: gate.Promise{Method: gate.Sequential}}
	if f.MaxErrors != nil {
		v := f.MaxErrors.Fraction()
		q.MaxErrors = &v
	}
	for _, p := range []struct {
		to   *float64
		from *release.Percent
	}{{&q.Alpha, f.Alpha}, {&q.Beta, f.Beta}, {&q.Effect, f.Effect}} {
		if p.from != nil {
			if *p.from <= 0 || *p.from >= 1 {
				return out, usageError("--alpha, --beta and --effect: %s is not between 0%% and 100%%", p.from)
			}
			*p.to = p.from.Fraction()
		}
	}
	if f.Fixed {
		q.Method = gate.Fixed
	}
	if out.Gates, err = q.Gates(); err != nil {
		return out, &exitError{code: ExitUsage, err: err}
	}
	return out, nil
}

// asked says that the flags have gates of their own.
func (f RuleFlags) asked() bool {
	return f.Release == "" || f.MaxErrors != nil || f.Regression != nil || f.MaxP99 != 0
}

// base is the rule of the release file, or the defaults.
func (f RuleFlags) base(durations bool) (rules.Headgate, error) {
	rel := &release.Release{APIVersion: release.APIVersion, Kind: release.Kind}
	rel.Metadata.Name = "simulated"
	if f.Release != "" {
		var err error
		if rel, err = release.Load(string(f.Release)); err != nil {
			return rules.Headgate{}, err
		}
	}
	return session.Rule(rel, durations)
}

// peers are the other tools' rules; without latencies they are not asked about
// them.
func (f RuleFlags) peers(latency bool) ([]rules.Rule, error) {
	if !(f.PeerLimit > 0 && f.PeerLimit <= 100) {
		return nil, usageError("--peer-limit %v: want a success rate in percent, such as 99", f.PeerLimit)
	}
	if f.Scrape <= 0 {
		return nil, usageError("--scrape %s is no time between two samples; 5s or 15s are usual", f.Scrape)
	}
	var out []rules.Rule
	for _, name := range f.Peers {
		switch name {
		case "flagger", "flagger-fastest":
			r := rules.FlaggerDocumented(f.Scrape)
			if name != "flagger" {
				r = rules.FlaggerFastest(f.Scrape)
			}
			if r.MinSuccess = f.PeerLimit; !latency {
				r.MaxP99 = 0
			}
			out = append(out, r)
		case "argo", "argo-fastest":
			r := rules.ArgoDocumented(f.Scrape)
			if name != "argo" {
				r = rules.ArgoFastest(f.Scrape)
			}
			if r.MinSuccess = f.PeerLimit; !latency {
				r.MaxP99 = 0
			}
			out = append(out, r)
		}
	}
	if len(f.Peers) > 1 && slices.Contains(f.Peers, "none") {
		return nil, usageError("--peers none stands alone")
	}
	return out, checkRules(out)
}

func checkRules(all []rules.Rule) error {
	for _, r := range all {
		if c, ok := r.(interface{ Check() error }); ok {
			if err := c.Check(); err != nil {
				return &exitError{code: ExitUsage, err: fmt.Errorf("%w; give a shorter --scrape, or leave the rule out with --peers", err)}
			}
		}
	}
	return nil
}
