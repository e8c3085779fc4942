package release_test

import (
	"testing"

	"github.com/headgate-ci/headgate/modules/release"
)

func TestDurationsAreShownShort(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"300ms": "300ms", "90s": "1m30s", "5m0s": "5m", "60m": "1h", "1h30m": "1h30m", "1h0m5s": "1h0m5s", "10m": "10m", "0s": "0s",
	} {
		var d release.Duration
		if err := d.UnmarshalText([]byte(in)); err != nil {
			t.Fatal(err)
		}
		if got := d.String(); got != want {
			t.Errorf("%s is shown as %s, want %s", in, got, want)
		}
	}
}

// A share is the decimal number that was written, not one next to it.
func TestSharesAreExact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]float64{
		"1%": .01, "7%": .07, "29%": .29, "0.1%": .001, "99.9%": .999, "100%": 1, "0%": 0, "0.000000001%": 1e-11,
	} {
		var p release.Percent
		if err := p.UnmarshalText([]byte(in)); err != nil {
			t.Fatal(err)
		}
		if p.Fraction() != want || p.String() != in {
			t.Errorf("%s is %v and shown as %s", in, p.Fraction(), p)
		}
	}
}

func TestSharesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "%", "1", "0.01", "-1%", "+1%", "1e1%", "1%%", ".5%", "1,5%", "1000%", "NaN%", "0x1%"} {
		var p release.Percent
		if err := p.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is accepted as %s", in, p)
		}
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"99%": "p99", "p99": "p99", "99.9%": "p99.9", "p50": "p50", "p99.99": "p99.99"} {
		var q release.Quantile
		if err := q.UnmarshalText([]byte(in)); err != nil {
			t.Fatal(err)
		}
		if got := q.Short(); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}
