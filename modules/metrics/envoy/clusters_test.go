package envoy

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// manager is what every proxy says of its destinations.
func manager(added, warming int) string {
	return fmt.Sprintf("# TYPE envoy_cluster_manager_cluster_added counter\nenvoy_cluster_manager_cluster_added{} %d\n# TYPE envoy_cluster_manager_warming_clusters gauge\nenvoy_cluster_manager_warming_clusters{} %d\n", added, warming)
}

// has is what it says of some of them, where it is told to.
func has(metric string, subsets ...string) string {
	text := "# TYPE " + metric + " gauge\n"
	for _, s := range subsets {
		text += fmt.Sprintf("%s{cluster_name=%q} 0\n", metric, "outbound|80|"+s+"|"+host)
	}
	return text
}

// TestClusters: whether a proxy knows the candidate's destination.
func TestClusters(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reason string
		text   string
		want   Clusters
	}{
		"by number":                   {"Istio's proxies name none by default", manager(7, 1), Clusters{Added: 7, Warming: 1}},
		"by name, it is there":        {"members are told of every destination", manager(7, 0) + has(memberStat, "stable", "canary"), Clusters{Added: 7, Knows: true, Names: true}},
		"by name, it is not":          {"others that came do not count", manager(9, 0) + has(memberStat, "stable"), Clusters{Added: 9, Names: true}},
		"traffic of another":          {"some tell of traffic only where there was any", manager(7, 0) + has(activeMetric, "stable"), Clusters{Added: 7}},
		"traffic of the destination":  {"whoever counts its traffic knows it", manager(7, 0) + has(activeMetric, "canary"), Clusters{Added: 7, Knows: true}},
		"a namesake of other service": {"a subset is one of its host", manager(7, 0) + fmt.Sprintf("# TYPE %[1]s gauge\n%[1]s{cluster_name=%[2]q} 0\n", memberStat, "outbound|80|canary|other."+host), Clusters{Added: 7, Names: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster()
			c.add("istio-system", "gateway", "gateway-1", tt.text)
			got, err := c.serve(t, nil).Clusters(t.Context(), subject())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(map[string]Clusters{"istio-system/gateway-1": tt.want}, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
		})
	}
}

// TestEveryDestinationIsSought: one of several subsets is not enough.
func TestEveryDestinationIsSought(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", manager(7, 0)+has(memberStat, "canary"))
	s := subject()
	s.Candidate.Subsets = []string{"canary", "canary-cart"}
	got, err := c.serve(t, nil).Clusters(t.Context(), s)
	if err != nil || got["istio-system/gateway-1"].Knows {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestTellsSubsets: whether requests by one subset can be told from those by another.
func TestTellsSubsets(t *testing.T) {
	t.Parallel()
	standard := fmt.Sprintf("istio_requests_total{reporter=\"source\",destination_service=%q,destination_workload=\"sample\",destination_workload_namespace=\"demo\",response_code=\"200\"} 5\n", host)
	for name, tt := range map[string]struct {
		text string
		want bool
	}{
		"Istio's own series":            {standard, false},
		"with the subset among labels":  {sent("stable", "sample", "200", "-", 5), true},
		"nothing has been counted":      {"", false},
		"another service's subset says": {"envoy_istio_requests_total{response_code=\"200\",upstream_cluster=\"outbound|80|x|other.demo.svc.cluster.local\"} 3\n", false},
	} {
		c := newCluster()
		c.add("istio-system", "gateway", "gateway-1", tt.text)
		got, err := c.serve(t, nil).TellsSubsets(t.Context(), subject())
		if err != nil || got != tt.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
