package series

import "strings"

// Subset reads a label that holds a subset, or the name of the cluster that the
// proxy sent to, such as "outbound|80|canary|sample.demo.svc.cluster.local": that is
// what Istio's Telemetry can be told to add.
func Subset(label string) string {
	if c := strings.SplitN(label, "|", 4); len(c) == 4 {
		return c[2]
	}
	return label
}
