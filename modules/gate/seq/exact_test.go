package seq_test

import (
	"math"
	"testing"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

func TestCleanRequestsThatCertifyALimit(t *testing.T) {
	t.Parallel()
	for limit, want := range map[float64]float64{.05: 59, .01: 299, .001: 2995} {
		if n := seq.CleanTrials(limit, .05); n != want {
			t.Errorf("%v: %v clean trials, want %v", limit, n, want)
		}
		test := seq.LimitBelow(limit)
		n := test.Until(math.Log(20), seq.Counts{}, 1)
		if n < want || n > 1.25*want {
			t.Errorf("%v: the test that forgives some errors takes %v clean trials, want %v to a quarter more", limit, n, want)
		}
		if e := eValue(seq.LimitBelow(limit), 1, seq.Counts{N: n}); e < 20*(1-1e-9) {
			t.Errorf("%v: after the %v trials it asked for, e is %v", limit, n, e)
		}
		if e := eValue(seq.LimitBelow(limit), 1, seq.Counts{N: n - 1}); e >= 20 {
			t.Errorf("%v: one trial less than the %v it asked for is enough already", limit, n)
		}
	}
}

func TestUntilCountsCandidateTrialsAtTheSplitOfNow(t *testing.T) {
	t.Parallel()
	split := seq.Counts{N: 10, BaseN: 90}
	n := seq.RatioBelow(1.5, .005).Until(math.Log(20), split, 1)
	if e := eValue(seq.RatioBelow(1.5, .005), 1, seq.Counts{N: n, BaseN: 9 * n}); math.Abs(e-20) > .2 {
		t.Errorf("after the %v clean trials it asked for, e is %v", n, e)
	}
	if n := seq.RatioBelow(1.5, 0).Until(math.Log(20), split, 1); !math.IsInf(n, 1) {
		t.Errorf("without an absolute margin, %v trials without any errors decide a ratio", n)
	}
	if n := seq.RatioBelow(1.5, .005).Until(math.Log(20), seq.Counts{N: 10}, 1); !math.IsInf(n, 1) {
		t.Errorf("without a baseline, %v trials decide", n)
	}
}

func TestLeastErrors(t *testing.T) {
	t.Parallel()
	// Half of the requests, three times as many errors, as many allowed: the coin
	// has 3/4 and should have 1/2.
	want := math.Log(100) / (.75*math.Log(1.5) + .25*math.Log(.5))
	if got := seq.LeastErrors(.01, .5, 3, 1); math.Abs(got-want) > 1e-9 {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLogMean(t *testing.T) {
	t.Parallel()
	if got := seq.LogMean(math.Log(1), math.Log(3), math.Inf(-1)); math.Abs(got-math.Log(4./3)) > 1e-12 {
		t.Errorf("got %v", got)
	}
}

func TestALaterStepFindsACandidateThatTurnedBad(t *testing.T) {
	t.Parallel()
	good := seq.Counts{N: 5e4, X: 50, BaseN: 5e4, BaseX: 50}
	bad := seq.Counts{N: 1000, X: 30, BaseN: 1000, BaseX: 1}
	carried, renewed := seq.RatioAbove(1.5, 0), seq.RatioAbove(1.5, 0)
	carried.Look(good, 1)
	renewed.Look(good, 1)
	before := renewed.LogE()
	renewed.Renew()
	if math.Abs(renewed.LogE()-before) > 1e-9 {
		t.Errorf("a new bet changed the fortune from %v to %v", before, renewed.LogE())
	}
	carried.Look(bad, 1)
	renewed.Look(bad, 1)
	if carried.LogE() > math.Log(100) || renewed.LogE() < math.Log(100) {
		t.Errorf("30 errors after 50,000 good requests: %v carried on, %v renewed; want only the latter above %v",
			carried.LogE(), renewed.LogE(), math.Log(100))
	}
}

func TestCapGivesTheSurplusAway(t *testing.T) {
	t.Parallel()
	test := seq.LimitBelow(.01)
	test.Look(seq.Counts{N: 1000}, 1)
	test.Cap(1)
	if math.Abs(test.LogE()-1) > 1e-9 {
		t.Errorf("capped at 1 it is %v", test.LogE())
	}
	test.Cap(2)
	if math.Abs(test.LogE()-1) > 1e-9 {
		t.Errorf("a cap above changed it to %v", test.LogE())
	}
}
