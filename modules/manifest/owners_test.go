package manifest

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// owned was applied at eight, scaled at nine and edited at ten, when a port was
// opened and the image that another had set before was set again.
const owned = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  managedFields:
  - {manager: headgate, operation: Apply, time: "2026-11-25T08:00:00Z", fieldsV1: {"f:spec": {"f:template": {"f:spec": {"f:nodeSelector": {}, "f:containers": {'k:{"name":"web"}': {".": {}, "f:name": {}, "f:command": {}, "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}}}}}}}}
  - {manager: kubectl, operation: Update, subresource: scale, time: "2026-11-25T09:00:00Z", fieldsV1: {"f:spec": {"f:replicas": {}}}}
  - {manager: deployer, operation: Update, time: "2026-11-25T09:30:00Z", fieldsV1: {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:image": {}}}}}}}}
  - {manager: kubectl-edit, operation: Update, time: "2026-11-25T10:00:00Z", fieldsV1: {"f:spec": {"f:paused": {}, "f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:image": {}, "f:ports": {'k:{"containerPort":9,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}}}}}}}}
  - {manager: kube-controller-manager, operation: Update, subresource: status, time: "2026-11-25T11:00:00Z", fieldsV1: {"f:status": {"f:replicas": {}}}}
spec:
  replicas: 7
  paused: true
  template:
    spec:
      nodeSelector: {disk: ssd}
      containers:
      - name: web
        image: web:2
        command: [web, --debug]
        ports: [{containerPort: 80, protocol: TCP}, {containerPort: 9, protocol: TCP}]
status: {replicas: 7}
`

func TestADriftIsDatedByWhoOwnsTheField(t *testing.T) {
	t.Parallel()
	live := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(owned), &live.Object); err != nil {
		t.Fatal(err)
	}
	const container = "spec.template.spec.containers[0]"
	tests := map[string]struct {
		reason, path string
		less         bool
		want         string
	}{
		"scaled":        {"not by what somebody else edited later", "spec.replicas", false, "kubectl at 2026-11-25T09:00:00Z or before"},
		"edited":        {"by who did it", "spec.paused", false, "kubectl-edit at 2026-11-25T10:00:00Z or before"},
		"set again":     {"it was so already when the second of its owners wrote", container + ".image", false, "deployer at 2026-11-25T09:30:00Z or before"},
		"added":         {"a longer list, by who added to it", container + ".ports", false, "kubectl-edit at 2026-11-25T10:00:00Z or before"},
		"taken away":    {"nobody owns what is not there, and the API server's note goes with it", container + ".ports", true, "unknown"},
		"a key":         {"the same of a field that was taken away", container + ".env", true, "unknown"},
		"one value":     {"a list that is owned as a whole", container + ".command", true, "headgate at 2026-11-25T08:00:00Z or before"},
		"part of it":    {"and what is in it", container + ".command[1]", false, "headgate at 2026-11-25T08:00:00Z or before"},
		"key of a map":  {"and a map, from which something was taken", "spec.template.spec.nodeSelector.zone", true, "headgate at 2026-11-25T08:00:00Z or before"},
		"nobody's":      {"a default that nobody wrote", "spec.strategy", false, "unknown"},
		"not of status": {"a controller's notes are no drift", "status.replicas", false, "unknown"},
	}
	for name, tt := range tests {
		if got := ownersOf(live).of(tt.path, tt.less).String(); got != tt.want {
			t.Errorf("%s: %s is by %s, want %s: %s", name, tt.path, got, tt.want, tt.reason)
		}
	}
}
