package istio

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/headgate-ci/headgate/modules/optimistic"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// create makes an object of Headgate's own.
func (c *cluster) create(ctx context.Context, ref traffic.ObjectRef, obj *unstructured.Unstructured) error {
	_, err := c.objects(ref).Create(ctx, obj, metav1.CreateOptions{FieldManager: traffic.FieldManager})
	if !apierrors.IsAlreadyExists(err) {
		return explain("create "+ref.String(), err)
	}
	there, err := c.get(ctx, ref)
	if err != nil {
		return explain("read "+ref.String(), err)
	}
	if !ours(there) {
		return &traffic.ConflictError{Object: ref, Path: "metadata.labels", Want: "no such object, or Headgate's own", Got: "somebody else's", Next: "rename or delete it"}
	}
	return nil
}

// remove deletes an object if it is Headgate's own and as it was read.
func (c *cluster) remove(ctx context.Context, ref traffic.ObjectRef) error {
	return optimistic.Write(ctx, ref.String(), func() (bool, error) {
		there, err := c.get(ctx, ref)
		switch {
		case apierrors.IsNotFound(err):
			return false, nil
		case err != nil:
			return false, explain("read "+ref.String(), err)
		case !ours(there):
			return false, nil
		}
		uid, version := there.GetUID(), there.GetResourceVersion()
		opts := metav1.DeleteOptions{}
		if uid != "" {
			opts.Preconditions = &metav1.Preconditions{UID: &uid, ResourceVersion: &version}
		}
		err = c.objects(ref).Delete(ctx, ref.Name, opts)
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		raced, err := optimistic.Raced(err)
		return raced, explain("delete "+ref.String(), err)
	})
}

// carried are the fields of a Service's spec that decide how it serves; what
// the cluster hands out (addresses, node ports) is not among them.
var carried = []string{
	"sessionAffinity", "sessionAffinityConfig", "publishNotReadyAddresses", "ipFamilyPolicy", "ipFamilies",
	"internalTrafficPolicy", "trafficDistribution",
}

func (t *twinService) build(stable *unstructured.Unstructured, role string) *unstructured.Unstructured {
	twin := twinOf(stable, role, stable.GetName()+suffixOf(role))
	from, to := spec(stable), map[string]any{"selector": anyMap(t.Selector)}
	for _, k := range carried {
		if v, ok := from[k]; ok {
			to[k] = runtime.DeepCopyJSONValue(v)
		}
	}
	if from["clusterIP"] == "None" {
		to["clusterIP"] = "None"
	}
	ports, _ := from["ports"].([]any)
	var twins []any
	for _, p := range ports {
		if m, ok := runtime.DeepCopyJSONValue(p).(map[string]any); ok {
			delete(m, "nodePort")
			twins = append(twins, m)
		}
	}
	if twins != nil {
		to["ports"] = twins
	}
	twin.Object["spec"] = to
	return twin
}

func (t twinRule) build(source *unstructured.Unstructured, n names) *unstructured.Unstructured {
	twin := twinOf(source, t.role(), t.Name)
	s := runtime.DeepCopyJSON(spec(source))
	host, _ := s["host"].(string)
	s["host"] = n.twin(t.role(), host)
	delete(s, "subsets")
	twin.Object["spec"] = s
	return twin
}
