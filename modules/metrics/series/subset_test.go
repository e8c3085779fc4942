package series

import "testing"

func TestSubset(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"canary": "canary",
		"outbound|80|canary|sample.demo.svc.cluster.local": "canary",
		"outbound|80||sample.demo.svc.cluster.local":       "",
		"inbound|8080||": "",
		"unknown":        "unknown",
		"":               "",
	} {
		if got := Subset(label); got != want {
			t.Errorf("%q: %q, want %q", label, got, want)
		}
	}
}
