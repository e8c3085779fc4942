package workload

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// twin is a Deployment that runs beside stable for the time of a Rollout: the
// candidate, or the baseline, which is stable's version anew. Both are made,
// sized, waited for and taken away in the same way, so that they can be
// compared.
type twin struct {
	role string // as LabelRole has it, and messages
	want map[string]any
}

// twins are those that this Rollout has, the candidate first.
func (c *Candidate) twins() []twin {
	out := []twin{{roleCandidate, c.state.Candidate}}
	if c.state.Baseline != nil {
		out = append(out, twin{roleBaseline, c.state.Baseline})
	}
	return out
}

// deployment is the one to create, without its size.
func (t twin) deployment() *unstructured.Unstructured {
	return (&unstructured.Unstructured{Object: t.want}).DeepCopy()
}

func (t twin) name() string   { return (&unstructured.Unstructured{Object: t.want}).GetName() }
func (t twin) object() string { return deployment(&unstructured.Unstructured{Object: t.want}) }

// find reads the one that is there; nil when there is none.
func (c *Candidate) find(ctx context.Context, t twin) (*unstructured.Unstructured, error) {
	cur, err := find(ctx, c.api(deployments), t.name())
	if err != nil {
		return nil, refused("read", t.object(), err)
	}
	return cur, nil
}

// suffixOf ends the names of a role's objects.
func suffixOf(role string) string {
	if role == roleBaseline {
		return BaselineSuffix
	}
	return Suffix
}

// ownLabels select a role's Pods and nothing else.
func ownLabels(role, release string) map[string]string {
	return map[string]string{LabelRole: role, LabelRelease: labelValue(release)}
}

func selectorString(role, release string) string {
	return labels.Set(ownLabels(role, release)).String()
}
