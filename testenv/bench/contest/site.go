package contest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/testenv/sample"
)

var (
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	canaries    = schema.GroupVersionResource{Group: "flagger.app", Version: "v1beta1", Resource: "canaries"}
	rollouts    = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "rollouts"}
)

// site is a service of its own in the mesh, for one rollout.
type site struct {
	arena     *Arena
	c         Case
	namespace string
	host      string
}

// version says which of the two versions of a site is meant.
type version string

const (
	stable    version = "stable"
	candidate version = "candidate"
)

// tag is what the version answers with.
func (s *site) tag(v version) string { return s.namespace + "-" + string(v) }

func (s *site) image(v version) string { return sample.Ref(s.tag(v)) }

// load gives the mesh the two versions.
func (s *site) load() error {
	settings := func(errors float64, delay time.Duration) map[string]string {
		return map[string]string{
			"SAMPLE_ERROR_RATE": fmt.Sprint(errors), "SAMPLE_ERRORS_BY_CHANCE": "true", "SAMPLE_DELAY": delay.String(),
		}
	}
	if err := s.arena.Env.LoadSample(s.tag(stable), settings(s.c.Candidate.Stable, 0)); err != nil {
		return err
	}
	return s.arena.Env.LoadSample(s.tag(candidate), settings(s.c.Candidate.Errors, s.c.Candidate.Delay))
}

func (s *site) apply(ctx context.Context, objects []*unstructured.Unstructured) error {
	a, err := manifest.NewApplier(s.arena.config, s.namespace)
	if err != nil {
		return err
	}
	a.Manager = "bench"
	return a.Apply(ctx, objects)
}

// patch changes an object by a merge patch.
func (s *site) patch(ctx context.Context, gvr schema.GroupVersionResource, patch map[string]any) error {
	data, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	_, err = s.arena.client.Resource(gvr).Namespace(s.namespace).Patch(ctx, "sample", types.MergePatchType, data, metav1.PatchOptions{})
	return err
}

// setImage asks for a version as `kubectl set image` does.
func (s *site) setImage(ctx context.Context, gvr schema.GroupVersionResource, image string) error {
	data, err := json.Marshal([]map[string]any{{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image}})
	if err != nil {
		return err
	}
	_, err = s.arena.client.Resource(gvr).Namespace(s.namespace).Patch(ctx, "sample", types.JSONPatchType, data, metav1.PatchOptions{})
	return err
}

// until waits for a condition of the object that a tool works on.
func (s *site) until(ctx context.Context, gvr schema.GroupVersionResource, holds func(*unstructured.Unstructured) bool) error {
	api := s.arena.client.Resource(gvr).Namespace(s.namespace)
	return wait.PollUntilContextCancel(ctx, 250*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		o, err := api.Get(ctx, "sample", metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		return holds(o), nil
	})
}

// serving waits until the gateway answers for the site.
func (s *site) serving(ctx context.Context) error {
	client := &http.Client{Timeout: 2 * time.Second}
	return wait.PollUntilContextCancel(ctx, 200*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.arena.Env.Gateway, nil)
		if err != nil {
			return false, err
		}
		req.Host = s.host
		resp, err := client.Do(req)
		if err != nil {
			return false, nil //nolint:nilerr // not yet
		}
		defer resp.Body.Close() //nolint:errcheck // it was read
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.Header.Get(versionHeader) == s.tag(stable), nil
	})
}

// close leaves nothing behind that works or is worked on.
func (s *site) close(ctx context.Context) error {
	return s.arena.client.Resource(namespaces).Delete(ctx, s.namespace, metav1.DeleteOptions{})
}

func (s *site) status(o *unstructured.Unstructured, fields ...string) string {
	text, _, _ := unstructured.NestedString(o.Object, append([]string{"status"}, fields...)...)
	return text
}
