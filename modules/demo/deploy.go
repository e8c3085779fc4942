package demo

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/headgate-ci/headgate/k8s"
	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/manifest"
)

// Deploy applies one of the kustomizations of k8s/ and waits until its
// Deployments are ready.
func Deploy(ctx context.Context, c *cluster.Cluster, dir string) error {
	objects, err := Objects(dir)
	if err != nil {
		return err
	}
	apply, err := manifest.NewApplier(c.Config, Namespace)
	if err != nil {
		return err
	}
	if err := apply.Apply(ctx, objects); err != nil {
		return err
	}
	for _, obj := range objects {
		if obj.GetKind() == "Deployment" {
			if err := waitReady(ctx, c, obj.GetNamespace(), obj.GetName()); err != nil {
				return err
			}
		}
	}
	return nil
}

// Objects builds one of the kustomizations of k8s/.
func Objects(dir string) ([]*unstructured.Unstructured, error) {
	files, err := inMemory(k8s.Files)
	if err != nil {
		return nil, err
	}
	return manifest.Kustomize(files, "/"+dir)
}

// inMemory copies the embedded files to where kustomize can read them.
func inMemory(from fs.FS) (filesys.FileSystem, error) {
	to := filesys.MakeFsInMemory()
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		return to.WriteFile(path.Join("/", name), data)
	})
	return to, err
}

const readyTimeout = 2 * time.Minute

func waitReady(ctx context.Context, c *cluster.Cluster, namespace, name string) error {
	api := c.Dynamic.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).Namespace(namespace)
	err := wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, readyTimeout, true, func(ctx context.Context) (bool, error) {
		obj, err := api.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		want, _, _ := unstructured.NestedInt64(obj.Object, "spec", "replicas")
		ready, _, _ := unstructured.NestedInt64(obj.Object, "status", "readyReplicas")
		seen, _, _ := unstructured.NestedInt64(obj.Object, "status", "observedGeneration")
		return seen >= obj.GetGeneration() && ready >= want, nil
	})
	if err != nil {
		return fmt.Errorf("deployment %s/%s did not get ready within %s (`kubectl describe pods -n %s`): %w", namespace, name, readyTimeout, namespace, err)
	}
	return nil
}

// waitServing waits until the gateway answers for the sample.
func waitServing(ctx context.Context, gateway string) error {
	client := &http.Client{Timeout: 2 * time.Second}
	var last error
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, readyTimeout, true, func(ctx context.Context) (bool, error) {
		last = get(ctx, client, gateway)
		return last == nil, nil
	})
	if err != nil {
		return fmt.Errorf("the gateway %s does not serve %s: %w", gateway, Host, last)
	}
	return nil
}

func get(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Host = Host
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", resp.Status)
	}
	return nil
}
