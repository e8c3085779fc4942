package session

import (
	"context"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/traffic"
	"github.com/headgate-ci/headgate/modules/workload"
)

// StepObjects are all objects as they are at one step of a Rollout.
type StepObjects struct {
	// Step is such as "weight 25%".
	Step   string
	Weight int
	// Baseline is the baseline's share; 0 without one.
	Baseline int
	Objects  []*unstructured.Unstructured
}

// Preview makes the objects of a Release's steps out of the objects as they are
// before it begins, by the very code that moves the routes of a cluster. No
// cluster is asked.
func Preview(ctx context.Context, objects []*unstructured.Unstructured, rel *release.Release) ([]StepObjects, error) {
	specs, _, err := Steps(rel)
	if err != nil {
		return nil, err
	}
	stage := newStage(objects)
	s := &Session{cluster: &cluster.Cluster{Dynamic: stage.client, Namespace: rel.Metadata.Namespace}, writer: stage.client, release: rel}
	stable, err := readDeployment(ctx, stage.client, s.namespace(), rel.Spec.Target.Name)
	if err != nil {
		return nil, err
	}
	if err := s.findTarget(ctx, stage.client, stable); err != nil {
		return nil, err
	}
	if s.split, err = s.findRoutes(ctx, stable); err != nil {
		return nil, err
	}
	if err := stage.add(ctx, s.namespace(), stable.Name, workload.Suffix, s.split.CandidateLabels()); err != nil {
		return nil, err
	}
	if rel.Spec.Strategy.Beside() {
		if err := stage.add(ctx, s.namespace(), stable.Name, workload.BaselineSuffix, s.split.BaselineLabels()); err != nil {
			return nil, err
		}
	}
	if err := s.split.Prepare(ctx); err != nil {
		return nil, err
	}
	looks := []StepObjects{}
	for _, w := range append([]traffic.Weights{{}}, weightsOf(specs)...) {
		if err := s.split.SetWeight(ctx, w); err != nil {
			return nil, err
		}
		all, err := stage.objects(ctx)
		if err != nil {
			return nil, err
		}
		looks = append(looks, StepObjects{Step: "weight " + w.String(), Weight: w.Candidate, Baseline: w.Baseline, Objects: all})
	}
	return looks, nil
}

// weightsOf are the weights that the steps set, each once.
func weightsOf(specs []rollout.StepSpec) []traffic.Weights {
	var out []traffic.Weights
	for _, spec := range specs {
		w := traffic.Weights{Candidate: spec.Weight, Baseline: spec.Baseline}
		if spec.Kind == rollout.KindWeight && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// meshGroup is that of the kinds which exist in several equal versions.
const meshGroup = "networking.istio.io"

// played are the kinds that splitting traffic reads and writes.
var played = map[schema.GroupVersionResource]string{
	{Version: "v1", Resource: "services"}:                           "ServiceList",
	{Group: "apps", Version: "v1", Resource: "deployments"}:         "DeploymentList",
	{Group: meshGroup, Version: "v1", Resource: "virtualservices"}:  "VirtualServiceList",
	{Group: meshGroup, Version: "v1", Resource: "destinationrules"}: "DestinationRuleList",
}

// stage is a cluster in memory that holds what a Rollout's routes are made of.
type stage struct {
	client dynamic.Interface
	// others take no part.
	others []*unstructured.Unstructured
}

func newStage(objects []*unstructured.Unstructured) *stage {
	s := &stage{}
	var actors []runtime.Object
	for _, obj := range objects {
		if !slices.Contains(slices.Collect(maps.Values(played)), obj.GetKind()+"List") {
			s.others = append(s.others, obj)
			continue
		}
		actor := obj.DeepCopy()
		if gvk := obj.GroupVersionKind(); gvk.Group == meshGroup {
			actor.SetAPIVersion(meshGroup + "/v1")
		}
		actors = append(actors, actor)
	}
	s.client = fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), played, actors...)
	return s
}

// objects are all there are now, in the order of their kinds and names.
func (s *stage) objects(ctx context.Context) ([]*unstructured.Unstructured, error) {
	out := slices.Clone(s.others)
	for gvr := range played {
		list, err := s.client.Resource(gvr).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		for i := range list.Items {
			out = append(out, &list.Items[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *unstructured.Unstructured) int {
		return strings.Compare(a.GetKind()+"/"+a.GetNamespace()+"/"+a.GetName(), b.GetKind()+"/"+b.GetNamespace()+"/"+b.GetName())
	})
	return out, nil
}

// add puts a Deployment beside stable whose Pods have a version's labels.
func (s *stage) add(ctx context.Context, namespace, name, suffix string, labels traffic.Labels) error {
	api := s.client.Resource(deployments).Namespace(namespace)
	stable, err := api.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	twin := stable.DeepCopy()
	twin.SetName(name + suffix)
	for _, path := range [][]string{{"spec", "template", "metadata", "labels"}, {"spec", "selector", "matchLabels"}} {
		have, _, err := unstructured.NestedStringMap(twin.Object, path...)
		if err != nil {
			return err
		}
		if have == nil {
			have = map[string]string{}
		}
		for _, k := range labels.Remove {
			delete(have, k)
		}
		maps.Copy(have, labels.Set)
		if err := unstructured.SetNestedStringMap(twin.Object, have, path...); err != nil {
			return err
		}
	}
	_, err = api.Create(ctx, twin, metav1.CreateOptions{})
	return err
}
