package workload

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/optimistic"
)

// EnsureCapacity has enough candidate Pods ready for a weight in percent, and
// enough of the baseline's for its own, and waits for them. A version with a
// weight of 0 is left as it is. It only ever adds: Pods are not taken away under
// traffic. The text says what stands, such as "2 of 2 replicas ready".
func (c *Candidate) EnsureCapacity(ctx context.Context, weight, baseline int) (string, error) {
	weights := map[string]int{roleCandidate: weight, roleBaseline: baseline}
	due := slices.DeleteFunc(c.twins(), func(t twin) bool { return weights[t.role] == 0 })
	for _, t := range due { // both before either is waited for: they are of one age
		if err := c.grow(ctx, t, weights[t.role]); err != nil {
			return "", err
		}
	}
	var stands []string
	for _, t := range due {
		st, err := c.wait(ctx, t.name())
		text := st.String()
		if t.role == roleBaseline {
			text = "baseline: " + text
		}
		stands = append(stands, text)
		if err != nil {
			return strings.Join(stands, "; "), err
		}
	}
	return strings.Join(stands, "; "), nil
}

// grow has a Deployment be big enough for a weight.
func (c *Candidate) grow(ctx context.Context, t twin, weight int) error {
	want, err := c.replicas(ctx, weight)
	if err != nil {
		return err
	}
	return optimistic.Write(ctx, t.object(), func() (bool, error) {
		cur, err := c.find(ctx, t)
		if err != nil {
			return false, err
		}
		if cur == nil {
			return false, fmt.Errorf("%s is gone: somebody deleted it; roll back and start again", t.object())
		}
		if err := c.checkSame(t, cur); err != nil || replicasOf(cur) >= want {
			return false, err
		}
		return c.scale(ctx, cur, want)
	})
}

// WaitReady waits until the candidate is ready at the size it has.
func (c *Candidate) WaitReady(ctx context.Context) error {
	_, err := c.wait(ctx, c.state.candidateName())
	return err
}

// replicas is a version's size for a weight. It follows stable's size now,
// or the largest seen during this Rollout.
func (c *Candidate) replicas(ctx context.Context, weight int) (int, error) {
	if n := c.state.Plan.FixedReplicas; n > 0 {
		return n, nil
	}
	live, err := c.sameStable(ctx)
	if err != nil {
		return 0, err
	}
	c.state.Size = max(c.state.Size, replicasOf(live))
	return replicasFor(c.state.Size, weight), nil
}

// sameStable reads stable and makes sure that it is the one that was opened.
func (c *Candidate) sameStable(ctx context.Context) (*unstructured.Unstructured, error) {
	live, err := c.stableNow(ctx)
	if err != nil {
		return nil, err
	}
	if string(live.GetUID()) != c.state.UID {
		return nil, &ConflictError{Object: c.stable(), Path: "metadata.uid", Detail: madeAnew}
	}
	return live, nil
}

const madeAnew = "it was deleted and made anew"

// stableNow reads stable, be it the one that was opened or one made anew.
func (c *Candidate) stableNow(ctx context.Context) (*unstructured.Unstructured, error) {
	live, err := find(ctx, c.api(deployments), c.state.Name)
	if err != nil {
		return nil, refused("read", c.stable(), err)
	}
	if live == nil {
		return nil, &ConflictError{Object: c.stable(), Path: "metadata", Detail: "it was deleted"}
	}
	return live, nil
}

// scale sets a Deployment's size, if it is still as it was read.
func (c *Candidate) scale(ctx context.Context, cur *unstructured.Unstructured, n int) (raced bool, err error) {
	patch := fmt.Appendf(nil, `{"metadata":{"resourceVersion":%q},"spec":{"replicas":%d}}`, cur.GetResourceVersion(), n)
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err = c.api(deployments).Patch(ctx, cur.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	if raced, err = optimistic.Raced(err); err != nil {
		err = refused(fmt.Sprintf("scale to %d", n), deployment(cur), err)
	}
	return raced, err
}
