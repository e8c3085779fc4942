package session

import (
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/metrics/envoy"
	"github.com/headgate-ci/headgate/modules/release"
)

func TestAGatewayThatCannotBeReadIsSaid(t *testing.T) {
	t.Parallel()
	own, gateways := envoy.Selector{Namespace: "shop"}, envoy.Selector{Namespace: "istio-ingress"}
	for _, tt := range []struct {
		name, reason string
		readable     []envoy.Selector
		metrics      release.Metrics
		want         bool
	}{
		{"its own namespace", "nobody counts what comes through a gateway", []envoy.Selector{own}, release.Metrics{}, true},
		{"nothing", "nor what services call", nil, release.Metrics{}, true},
		{"a gateway's as well", "its proxy counts", []envoy.Selector{own, gateways}, release.Metrics{}, false},
		{"with Prometheus", "it has counted what the gateway sent", []envoy.Selector{own}, release.Metrics{Prometheus: &release.Prometheus{}}, false},
	} {
		said := gatewaysUnread(tt.readable, "shop", tt.metrics)
		if (said != "") != tt.want || (tt.want && !strings.Contains(said, "headgate rbac -n shop")) {
			t.Errorf("%s (%s): %q", tt.name, tt.reason, said)
		}
	}
}
