package outcome_test

import (
	"testing"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/evidence/outcome"
)

func TestWhatAFailureIs(t *testing.T) {
	t.Parallel()
	for why, c := range map[string]struct {
		codes, grpc   string // of the rule
		code, status  string // of the request
		hangup, fails bool
	}{
		"a plain success":                                   {code: "200"},
		"a success with a gRPC status":                      {code: "200", status: "0"},
		"a server error":                                    {code: "503", fails: true},
		"no answer":                                         {code: "0", fails: true},
		"a caller that hangs up is no failure":              {code: "0", hangup: true},
		"nor by a rule that counts 0":                       {codes: "0", code: "0", hangup: true},
		"a 404 is the caller's fault by default":            {code: "404"},
		"a 404 where the gate says so":                      {codes: "0|5..|404", code: "404", fails: true},
		"and 403 still is not":                              {codes: "0|5..|404", code: "403"},
		"5.. is replaced, not added to":                     {codes: "404", code: "500"},
		"a gRPC failure under HTTP 200":                     {code: "200", status: "14", fails: true},
		"a gRPC caller's fault":                             {code: "200", status: "5"},
		"NOT_FOUND where the gate says so":                  {grpc: "5|14", code: "200", status: "5", fails: true},
		"an HTTP failure whose gRPC status is fine by rule": {grpc: "2", code: "503", status: "14", fails: true},
	} {
		rule, err := outcome.NewRule(c.codes, c.grpc)
		if err != nil {
			t.Fatal(err)
		}
		o := outcome.Of(c.code, c.status, c.hangup)
		if got := rule.Fails(o); got != c.fails {
			t.Errorf("%s: outcome %q fails: %t", why, o, got)
		}
	}
}

func TestErrorsOfARecordWithoutOutcomesAreItsSources(t *testing.T) {
	t.Parallel()
	strict, err := outcome.NewRule("0|5..|404", "")
	if err != nil {
		t.Fatal(err)
	}
	old := evidence.Counts{Requests: 100, Errors: 7}
	now := evidence.Counts{Requests: 100, Errors: 2, Outcomes: evidence.Outcomes{"503": 2, "404": 10, "hangup": 20}}
	if n := strict.Errors(old); n != 7 {
		t.Errorf("an old record has %d errors", n)
	}
	if n := strict.Errors(now); n != 12 || outcome.HangUps(now) != 20 || outcome.Class(now, "4") != 10 {
		t.Errorf("%d errors, %d hang-ups, %d of 4xx", n, outcome.HangUps(now), outcome.Class(now, "4"))
	}
	if n := (outcome.Rule{}).Errors(now); n != 2 {
		t.Errorf("without a rule there are %d errors", n)
	}
}
