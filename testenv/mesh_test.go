package testenv_test

import (
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/headgate-ci/headgate/k8s"
	"github.com/headgate-ci/headgate/testenv"
)

// deploy applies one of the folders of k8s/.
func deploy(t *testing.T, env *testenv.Env, folder string) {
	t.Helper()
	text := kustomize(t, folder)
	config, err := clientcmd.BuildConfigFromFlags("", env.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	api, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	discover, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	kinds := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discover))
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		obj := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &obj.Object); err != nil {
			t.Fatal(err)
		}
		kind, err := kinds.RESTMapping(obj.GroupVersionKind().GroupKind(), obj.GroupVersionKind().Version)
		if err != nil {
			t.Fatal(err)
		}
		to := dynamic.ResourceInterface(api.Resource(kind.Resource))
		if ns := obj.GetNamespace(); ns != "" {
			to = api.Resource(kind.Resource).Namespace(ns)
		}
		if _, err := to.Apply(t.Context(), obj.GetName(), obj, metav1.ApplyOptions{FieldManager: "test", Force: true}); err != nil {
			t.Fatalf("%s %s: %v", obj.GetKind(), obj.GetName(), err)
		}
	}
}

// kustomize builds one of the folders of k8s/.
func kustomize(t *testing.T, folder string) []byte {
	t.Helper()
	files := filesys.MakeFsInMemory()
	err := fs.WalkDir(k8s.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := k8s.Files.ReadFile(path)
		if err != nil {
			return err
		}
		return files.WriteFile(path, data)
	})
	if err != nil {
		t.Fatal(err)
	}
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionLegacy // namespaces first
	objects, err := krusty.MakeKustomizer(options).Run(files, folder)
	if err != nil {
		t.Fatal(err)
	}
	text, err := objects.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestInjectedServiceIsReachedThroughTheGateway(t *testing.T) {
	t.Parallel()
	env := up(t, "mesh")
	deploy(t, env, "overlays/dev")
	eventually(t, func() string {
		status, body, err := get(t, env.Gateway, "sample.example.com")
		if err != nil {
			return err.Error()
		}
		if status != http.StatusOK || !strings.HasPrefix(body, "1.0.0") {
			return body
		}
		return ""
	})
	pods, err := client(t, env).CoreV1().Pods("demo").List(t.Context(), metav1.ListOptions{LabelSelector: "app=sample"})
	if err != nil || len(pods.Items) == 0 {
		t.Fatalf("%d Pods, %v", len(pods.Items), err)
	}
	for _, pod := range pods.Items {
		var names []string
		for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
			names = append(names, c.Name)
		}
		if !slices.Contains(names, "istio-proxy") {
			t.Errorf("Pod %s has no proxy: %v", pod.Name, names)
		}
	}
	eventually(t, func() string {
		_, body, err := get(t, env.Prometheus+"/api/v1/query?query=istio_requests_total", "")
		if err != nil {
			return err.Error()
		}
		for _, reporter := range []string{"source", "destination"} {
			if !strings.Contains(body, `"reporter":"`+reporter+`"`) {
				return "no requests are reported by the " + reporter
			}
		}
		return ""
	})
}
