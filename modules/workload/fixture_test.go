package workload

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// sampleYAML is a stable Deployment with everything that a copy must handle.
const sampleYAML = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: sample
  labels: {app: sample, app.kubernetes.io/instance: shop, app.kubernetes.io/managed-by: Helm, kustomize.toolkit.fluxcd.io/name: shop}
  annotations:
    argocd.argoproj.io/tracking-id: "shop:apps/Deployment:demo/sample"
    meta.helm.sh/release-name: shop
    deployment.kubernetes.io/revision: "7"
    team: water
spec:
  replicas: 3
  progressDeadlineSeconds: 600
  revisionHistoryLimit: 10
  selector: {matchLabels: {app: sample}}
  strategy: {type: Recreate}
  template:
    metadata:
      labels: {app: sample, version: v1}
      annotations: {proxy.istio.io/config: "holdApplicationUntilProxyStarts: true"}
    spec:
      serviceAccountName: sample
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: sample}}}
      imagePullSecrets: [{name: token}]
      initContainers:
      - {name: prepare, image: headgate/prepare:1}
      containers:
      - name: helper
        image: headgate/helper:1
      - name: sample
        image: headgate/sample:1.0.0
        readinessProbe: {httpGet: {path: /ready, port: 8080}}
        env:
        - {name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level}}}
        - {name: TOKEN, valueFrom: {secretKeyRef: {name: token, key: token}}}
        envFrom:
        - configMapRef: {name: settings}
        - secretRef: {name: token}
      volumes:
      - {name: a, configMap: {name: settings}}
      - {name: b, secret: {secretName: token}}
      - name: c
        projected:
          sources:
          - configMap: {name: settings}
          - secret: {name: token}
          - configMap: {name: other}
`

const smallYAML = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: sample, labels: {app: sample}}
spec:
  replicas: 2
  selector: {matchLabels: {app: sample}}
  template:
    metadata: {labels: {app: sample}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: app
        image: headgate/sample:1.0.0
        readinessProbe: {httpGet: {path: /ready, port: 8080}}
        envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: token}}]
`

const (
	oldImage = "headgate/sample:1.0.0"
	newImage = "headgate/sample:1.1.0"
)

func parse(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	obj := &unstructured.Unstructured{}
	if err := obj.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	if obj.GetNamespace() == "" {
		obj.SetNamespace("demo")
	}
	return obj
}

func at(obj *unstructured.Unstructured, path ...string) any {
	v, _, _ := unstructured.NestedFieldNoCopy(obj.Object, path...)
	return v
}
