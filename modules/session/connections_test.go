package session

import (
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/traffic"
)

func TestPlanSaysWhatJudgesConnections(t *testing.T) {
	t.Parallel()
	errors, latency := release.Gate{Name: "errors", Errors: &release.ErrorsGate{}}, release.Gate{Name: "p99", Latency: &release.LatencyGate{}}
	for why, c := range map[string]struct {
		carries traffic.Carries
		gates   []release.Gate
		says    string
		refuses bool
	}{
		"requests alone":           {traffic.Carries{Requests: 2}, []release.Gate{errors, latency}, "", false},
		"requests and connections": {traffic.Carries{Requests: 2, Connections: 1}, []release.Gate{errors, latency}, "1 tcp or tls route is moved with the http routes: gates and shares go by HTTP requests", false},
		"connections alone":        {traffic.Carries{Connections: 2}, []release.Gate{errors}, "each new connection counts as a request", false},
		"latencies of connections": {traffic.Carries{Connections: 2}, []release.Gate{errors, latency}, "gate p99 asks how long requests take", true},
	} {
		warning, err := judged(c.carries, c.gates)
		got := warning
		if err != nil {
			got = err.Error()
		}
		if (err != nil) != c.refuses || (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q, %v", why, warning, err)
		}
	}
}
