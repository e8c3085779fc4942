package mesh

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func manifest(t *testing.T, name string, values any) []*unstructured.Unstructured {
	t.Helper()
	data, err := fill(name, values)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// statsTags returns, by the context of a patch, the tags of the counter and of
// the histogram, and the values of the counter's tags.
func statsTags(t *testing.T) map[string]map[string]string {
	t.Helper()
	type stat struct {
		Stat struct {
			Tags []struct{ Name, ValueFormat string }
		}
	}
	var filter struct {
		Spec struct {
			ConfigPatches []struct {
				Match struct{ Context string }
				Patch struct {
					Value struct {
						TypedConfig struct {
							AccessLog []struct {
								TypedConfig struct{ Counters, Histograms []stat } `json:"typed_config"`
							} `json:"access_log"`
						} `json:"typed_config"`
					}
				}
			}
		}
	}
	text, err := json.Marshal(manifest(t, "metrics.yaml", nil)[0])
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.ReplaceAll(string(text), "value_format", "ValueFormat"))
	if err := json.Unmarshal(text, &filter); err != nil {
		t.Fatal(err)
	}
	tags := map[string]map[string]string{}
	for _, p := range filter.Spec.ConfigPatches {
		log := p.Patch.Value.TypedConfig.AccessLog[0].TypedConfig
		if diff := cmp.Diff(log.Counters[0].Stat.Tags, log.Histograms[0].Stat.Tags); diff != "" {
			t.Errorf("%s: requests and their durations have different labels:\n%s", p.Match.Context, diff)
		}
		tags[p.Match.Context] = map[string]string{}
		for _, tag := range log.Counters[0].Stat.Tags {
			tags[p.Match.Context][tag.Name] = tag.ValueFormat
		}
	}
	return tags
}

func TestEveryProxyCountsWithIstiosLabels(t *testing.T) {
	t.Parallel()
	standard := strings.Fields(`reporter source_workload source_workload_namespace source_principal
		destination_service destination_service_name destination_service_namespace destination_workload
		destination_version destination_principal response_code response_flags request_protocol
		grpc_response_status connection_security_policy`)
	tags := statsTags(t)
	for context, reporter := range map[string]string{"GATEWAY": "source", "SIDECAR_OUTBOUND": "source", "SIDECAR_INBOUND": "destination"} {
		if got := tags[context]["reporter"]; got != reporter {
			t.Errorf("%s reports as %q, want %q", context, got, reporter)
		}
		for _, label := range standard {
			if tags[context][label] == "" {
				t.Errorf("%s: label %s is missing", context, label)
			}
		}
	}
}

func TestGatewayIsInjectedAndFoundByItsService(t *testing.T) {
	t.Parallel()
	var service, deployment *unstructured.Unstructured
	for _, o := range manifest(t, "gateway.yaml", nil) {
		switch o.GetKind() {
		case "Service":
			service = o
		case "Deployment":
			deployment = o
		}
	}
	labels, _, _ := unstructured.NestedStringMap(deployment.Object, "spec", "template", "metadata", "labels")
	selector, _, _ := unstructured.NestedStringMap(service.Object, "spec", "selector")
	for k, v := range selector {
		if labels[k] != v {
			t.Errorf("the Service selects %s=%s, the Pods carry %v", k, v, labels)
		}
	}
	if labels["sidecar.istio.io/inject"] != "true" {
		t.Error("the gateway's Pods do not ask for their proxy")
	}
	if service.GetName() != Gateway || deployment.GetName() != Gateway {
		t.Errorf("names %s and %s, want %s", service.GetName(), deployment.GetName(), Gateway)
	}
}

func TestIstiodIsReachedAtTheNode(t *testing.T) {
	t.Parallel()
	slice := manifest(t, "istiod.yaml", Config{NodeIP: "10.9.8.7"})[0]
	endpoints, _, _ := unstructured.NestedSlice(slice.Object, "endpoints")
	want := []any{map[string]any{"addresses": []any{"10.9.8.7"}, "conditions": map[string]any{"ready": true}}}
	if diff := cmp.Diff(want, endpoints); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
}

func TestIstiodSendsNothingThatUpstreamEnvoyLacks(t *testing.T) {
	t.Parallel()
	command, err := Istiod{Binary: "pilot-discovery", Kubeconfig: "/k", Dir: filepath.Join(t.TempDir(), "istiod")}.Prepare()
	if err != nil {
		t.Fatal(err)
	}
	env := strings.Join(command.Env, "\n") + "\n"
	for _, off := range []string{"PILOT_ENABLE_METADATA_EXCHANGE=false\n", "PILOT_ENABLE_ALPN_FILTER=false\n", "PILOT_DISABLE_MX_ALPN=true\n"} {
		if !strings.Contains(env, off) {
			t.Errorf("istiod's environment lacks %s", off)
		}
	}
	if _, err := os.Stat(command.Dir); err != nil {
		t.Errorf("istiod has no folder to work in: %v", err)
	}
}

func TestLoadSaysWhatToDoWithoutRenderedObjects(t *testing.T) {
	t.Parallel()
	_, err := load(Config{Rendered: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "istiorender") {
		t.Errorf("error %v does not say how to get the objects", err)
	}
}

func TestSumFollowsTheContent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"crds.yaml", "control.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("kind: "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sum := func(nodeIP string) string {
		s, err := Sum(Config{Rendered: dir, NodeIP: nodeIP})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := sum("10.0.0.1")
	if again := sum("10.0.0.1"); again != first {
		t.Error("the same content has two sums: everything would be applied at each start")
	}
	if other := sum("10.0.0.2"); other == first {
		t.Error("another node address has the same sum: the old one would stay")
	}
}
