package k8s

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networking "istio.io/client-go/pkg/apis/networking/v1"
	security "istio.io/client-go/pkg/apis/security/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// folders are those with a kustomization.
var folders = []string{"base", "client", "istio", "istio/strict", "monitoring", "overlays/dev", "overlays/prod", "rbac", "rbac/deploy", "rbac/watchdog"}

// foreign are the kinds whose types this module does not carry.
var foreign = []string{"PodMonitor", "PrometheusRule"}

// strict decodes the kinds in use and refuses unknown fields.
func strict(t *testing.T) runtime.Decoder {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, policyv1.AddToScheme, autoscalingv2.AddToScheme,
		rbacv1.AddToScheme, networking.AddToScheme, security.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}

// objects decodes YAML documents, except for kinds that are foreign here.
func objects(t *testing.T, name string, data []byte) []runtime.Object {
	t.Helper()
	decoder := strict(t)
	var all []runtime.Object
	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		document, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if slices.ContainsFunc(foreign, func(kind string) bool { return bytes.Contains(document, []byte("kind: "+kind)) }) {
			continue
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, object)
	}
}

// build returns the objects of a folder.
func build(t *testing.T, folder string) []runtime.Object {
	t.Helper()
	data, err := kustomize(folder)
	if err != nil {
		t.Fatal(err)
	}
	return objects(t, folder, data)
}

// one returns the only object of a type.
func one[T runtime.Object](t *testing.T, all []runtime.Object) T {
	t.Helper()
	var found []T
	for _, o := range all {
		if typed, ok := o.(T); ok {
			found = append(found, typed)
		}
	}
	if len(found) != 1 {
		var none T
		t.Fatalf("%d objects of type %T, want one", len(found), none)
	}
	return found[0]
}

func TestEveryFileDecodesStrictly(t *testing.T) {
	t.Parallel()
	seen := 0
	err := fs.WalkDir(Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(name) == "kustomization.yaml" || name == "monitoring/scrape.yaml" {
			return err
		}
		data, err := Files.ReadFile(name)
		if err == nil {
			objects(t, name, data)
			seen++
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Fatalf("%d files, error %v", seen, err)
	}
}

func TestEveryFileIsInAKustomization(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(name) == "kustomization.yaml" || name == "monitoring/scrape.yaml" {
			return err
		}
		list, err := Files.ReadFile(path.Join(path.Dir(name), "kustomization.yaml"))
		if err == nil && !strings.Contains(string(list), "- "+path.Base(name)+"\n") {
			t.Errorf("%s is never applied", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryFolderBuilds(t *testing.T) {
	t.Parallel()
	kubectl, err := exec.LookPath("kubectl")
	for _, folder := range folders {
		built, buildErr := kustomize(folder)
		if buildErr != nil || len(built) == 0 {
			t.Errorf("%s: %d bytes, error %v", folder, len(built), buildErr)
		}
		if err != nil {
			continue // no kubectl here: kustomize runs the same library
		}
		printed, runErr := exec.Command(kubectl, "kustomize", folder).CombinedOutput()
		if runErr != nil || !bytes.Equal(printed, built) {
			t.Errorf("%s: kubectl kustomize (error %v) prints something else (-kubectl +here):\n%s", folder, runErr, cmp.Diff(string(printed), string(built)))
		}
	}
}

func TestServicesReachTheirPods(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"base", "client", "overlays/dev", "overlays/prod"} {
		all := build(t, folder)
		service, deployment := one[*corev1.Service](t, all), one[*appsv1.Deployment](t, all)
		labels := deployment.Spec.Template.Labels
		for k, v := range service.Spec.Selector {
			if labels[k] != v {
				t.Errorf("%s: Service selects %s=%s, Pods carry %v", folder, k, v, labels)
			}
		}
		for k, v := range deployment.Spec.Selector.MatchLabels {
			if labels[k] != v {
				t.Errorf("%s: Deployment selects %s=%s, Pods carry %v", folder, k, v, labels)
			}
		}
		if _, narrow := service.Spec.Selector["version"]; narrow {
			t.Errorf("%s: the Service selects one version: a candidate would get no traffic", folder)
		}
		target, ports := service.Spec.Ports[0].TargetPort.String(), deployment.Spec.Template.Spec.Containers[0].Ports
		if !slices.ContainsFunc(ports, func(p corev1.ContainerPort) bool { return p.Name == target }) {
			t.Errorf("%s: Service port goes to %q, which no container has", folder, target)
		}
	}
}

func TestRoutesEndAtStablePods(t *testing.T) {
	t.Parallel()
	all := build(t, "overlays/dev")
	route, rule := one[*networking.VirtualService](t, all), one[*networking.DestinationRule](t, all)
	gateway, service := one[*networking.Gateway](t, all), one[*corev1.Service](t, all)
	pods := one[*appsv1.Deployment](t, all).Spec.Template.Labels

	if rule.Spec.Host != service.Name || len(rule.Spec.Subsets) != 1 {
		t.Fatalf("DestinationRule for %s with %d subsets, want %s with one", rule.Spec.Host, len(rule.Spec.Subsets), service.Name)
	}
	for k, v := range rule.Spec.Subsets[0].Labels {
		if pods[k] != v {
			t.Errorf("subset %s wants %s=%s, Pods carry %v", rule.Spec.Subsets[0].Name, k, v, pods)
		}
	}
	destination := route.Spec.Http[0].Route[0].Destination
	if destination.Host != service.Name || destination.Subset != rule.Spec.Subsets[0].Name {
		t.Errorf("route goes to %s/%s", destination.Host, destination.Subset)
	}
	if !slices.Contains(route.Spec.Gateways, gateway.Name) || !slices.Contains(route.Spec.Gateways, "mesh") {
		t.Errorf("gateways %v: users and services must take the same route", route.Spec.Gateways)
	}
	if !slices.Contains(route.Spec.Hosts, gateway.Spec.Servers[0].Hosts[0]) || !slices.Contains(route.Spec.Hosts, service.Name) {
		t.Errorf("hosts %v do not fit gateway %v and Service %s", route.Spec.Hosts, gateway.Spec.Servers[0].Hosts, service.Name)
	}
}

func TestBudgetCountsStableAlone(t *testing.T) {
	t.Parallel()
	all := build(t, "overlays/prod")
	budget, deployment := one[*policyv1.PodDisruptionBudget](t, all), one[*appsv1.Deployment](t, all)
	if budget.Spec.Selector.MatchLabels["version"] != deployment.Spec.Template.Labels["version"] {
		t.Errorf("budget selects %v: a candidate's Pods would stand in for stable's", budget.Spec.Selector.MatchLabels)
	}
	if allowed := int(*deployment.Spec.Replicas) - budget.Spec.MinAvailable.IntValue(); allowed < 1 {
		t.Errorf("%d Pods may go: a node could never be drained", allowed)
	}
	scaler := one[*autoscalingv2.HorizontalPodAutoscaler](t, all)
	if scaler.Spec.ScaleTargetRef.Name != deployment.Name || *scaler.Spec.MinReplicas != *deployment.Spec.Replicas {
		t.Errorf("autoscaler of %s from %d replicas, the Deployment has %d", scaler.Spec.ScaleTargetRef.Name, *scaler.Spec.MinReplicas, *deployment.Spec.Replicas)
	}
}

func TestNamespaceAsksForProxies(t *testing.T) {
	t.Parallel()
	ns := one[*corev1.Namespace](t, build(t, "base"))
	if ns.Labels["istio-injection"] != "enabled" {
		t.Errorf("namespace %s has labels %v", ns.Name, ns.Labels)
	}
}
