package witness

import (
	"testing"
	"time"
)

func TestContradicts(t *testing.T) {
	t.Parallel()
	known := func(n uint64) Receipt { return Receipt{Requests: n, Pods: 1, Known: true} }
	for _, tt := range []struct {
		name, reason string
		account      Account
		want         bool
	}{
		{"all arrived", "the common case", Account{Sent: 86, Answered: 86, Received: known(86)}, false},
		{"none arrived", "the caller's address decides, not the route", Account{Sent: 86, Answered: 86, Received: known(0)}, true},
		{"a few arrived", "by chance, as one of many addresses", Account{Sent: 500, Answered: 500, Received: known(20)}, true},
		{"more arrived", "mirrors, retries, and callers that cannot be read", Account{Sent: 86, Answered: 86, Received: known(500)}, false},
		{"most are answered in front of it", "a filter may refuse many requests before they arrive", Account{Sent: 100, Answered: 100, Received: known(15)}, false},
		{"all fail", "what does not answer need not have arrived: that is for the gates", Account{Sent: 86, Received: known(0)}, false},
		{"too few", "the counters are not read at one moment", Account{Sent: 9, Answered: 9, Received: known(0)}, false},
		{"nobody can say", "no sidecar, or one that may not be read", Account{Sent: 86, Answered: 86}, false},
	} {
		if got := tt.account.Contradicts(); got != tt.want {
			t.Errorf("%s (%s): %v", tt.name, tt.reason, got)
		}
	}
}

func TestStrays(t *testing.T) {
	t.Parallel()
	pods := func(n uint64, pods int) Receipt { return Receipt{Requests: n, Pods: pods, Known: true} }
	for _, tt := range []struct {
		name, reason string
		account      Account
		seen, unseen bool
	}{
		{"nothing", "it stands ready", Account{Received: pods(0, 2), Span: time.Minute}, false, false},
		{"probes and a scraper", "they come by the proxy where Istio does not rewrite them", Account{Received: pods(180, 2), Span: time.Minute}, false, false},
		{"callers of another Service", "callers' proxies name the candidate's Deployment", Account{Sent: 40, Answered: 40}, true, false},
		{"copies", "mirrors are not counted by those that send them", Account{Received: pods(114, 1), Span: 10 * time.Second}, false, true},
		{"both", "some callers can be read and some cannot", Account{Sent: 40, Answered: 40, Received: pods(400, 1), Span: 10 * time.Second}, true, true},
		{"failures that name nobody", "they may be anybody's", Account{Sent: 30, Received: pods(0, 1), Span: 10 * time.Second}, false, false},
		{"in flight", "a few may end late", Account{Sent: 9, Answered: 9, Received: pods(9, 1)}, false, false},
	} {
		if seen, unseen := tt.account.Strays(), tt.account.Unseen(); seen != tt.seen || unseen != tt.unseen {
			t.Errorf("%s (%s): seen %v, unseen %v", tt.name, tt.reason, seen, unseen)
		}
	}
}
