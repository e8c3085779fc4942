package session

import (
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/release"
)

// What a Release says of its gates is what each of them promises.
func TestGatesPromiseWhatTheReleaseSays(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample}\n"
	for reason, c := range map[string]struct {
		spec string
		want []string // in the gates' questions, in order
	}{
		"one gate has all of alpha": {"spec: {}",
			[]string{"errors at most 1%; a good version fails with probability at most 1%, a worse one passes with at most 5%"}},
		"two gates share it by their mean": {"spec: {decision: {alpha: 2%, beta: 10%}, gates: [{errors: {max: 1%}}, {latency: {quantile: p99, max: 1s}}]}",
			[]string{"errors at most 1%; a good version fails any of the 2 gates with probability at most 2% (their mean decides), a worse one passes with at most 10%", "p99 at most 1 s; a good version fails any of the 2 gates"}},
		"or in equal parts": {"spec: {decision: {split: bonferroni}, gates: [{errors: {max: 1%}}, {latency: {quantile: p99, max: 1s}}]}",
			[]string{"at most 0.5%, any of the 2 gates with 1%", "at most 0.5%, any of the 2 gates with 1%"}},
		"a gate with an alpha of its own shares nothing": {"spec: {gates: [{alpha: 0.1%, beta: 1%, errors: {max: 1%}}, {latency: {quantile: p99, max: 1s}}]}",
			[]string{"at most 0.1%, a worse one passes with at most 1%", "at most 1%, a worse one passes with at most 5%"}},
		"beside a baseline that is what is compared with": {"spec: {strategy: {canary: {baseline: true}}, gates: [{errors: {regression: 2}}, {latency: {quantile: p99, regression: 1.5}}]}",
			[]string{"errors at most 2 times the baseline", "p99 at most 1.5 times the baseline"}},
		"a fixed gate promises nothing": {"spec: {gates: [{method: fixed, errors: {max: 1%}}, {latency: {quantile: p99, max: 1s}}, {method: fixed, query: {promql: up, min: 1}}]}",
			[]string{"errors at most 1%, over at least 100 candidate requests", "p99 at most 1 s; a good version fails with probability at most 1%", "up at least 1, 3 looks in a row"}},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			rel, err := release.Decode("headgate.yaml", []byte(head+c.spec))
			if err != nil {
				t.Fatal(err)
			}
			gates, err := gatesOf(rel)
			if err != nil || len(gates) != len(c.want) {
				t.Fatalf("%d gates, %v", len(gates), err)
			}
			for i, g := range gates {
				if !strings.Contains(g.Question(), c.want[i]) {
					t.Errorf("%q does not say %q", g.Question(), c.want[i])
				}
			}
		})
	}
}
