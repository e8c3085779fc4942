package workload

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// RevertStable puts back what PromoteStable changed, and waits until stable is
// ready. Without a promotion, even a partial one, it does nothing.
//
// What somebody else did to stable is kept. Where nothing of ours stands in it,
// stable's version is theirs: Notify's function is told, and it is waited for,
// since traffic returns to it. Else it is a *ConflictError. With Force, what
// stood before the Rollout is put back in either case.
func (c *Candidate) RevertStable(ctx context.Context) error {
	live, err := c.stableNow(ctx)
	if err != nil {
		return err
	}
	back := reversed(c.state.Fields)
	if c.force {
		c.state.UID = string(live.GetUID()) // also of one that was made anew
		back = over(live, back)
	}
	if string(live.GetUID()) != c.state.UID {
		return c.keepTheirs(ctx, &ConflictError{Object: c.stable(), Path: "metadata.uid", Detail: madeAnew})
	}
	ops, err := patchFor(live, back)
	var theirs *ConflictError
	if errors.As(err, &theirs) && !c.wrote(live) {
		return c.keepTheirs(ctx, theirs)
	}
	if err != nil {
		return err
	}
	if err := c.revertConfig(ctx); err != nil {
		return err
	}
	if len(ops) == 0 && !c.wrote(live) {
		return nil
	}
	return c.putBack(ctx, back)
}

func (c *Candidate) putBack(ctx context.Context, back []field) error {
	got, err := c.write(ctx, back, c.force)
	if err != nil {
		return err
	}
	if _, err := c.wait(ctx, c.state.Name); err != nil {
		return err
	}
	c.state.Promoted, c.state.Written = false, written(got)
	return nil
}

// keepTheirs leaves stable as somebody else has made it.
func (c *Candidate) keepTheirs(ctx context.Context, theirs *ConflictError) error {
	if err := c.revertConfig(ctx); err != nil {
		return err
	}
	if c.notify != nil {
		c.notify(fmt.Sprintf("%s: %s was changed by somebody else during the rollout (%s) and stays as it is now: traffic returns to that", theirs.Object, theirs.Path, theirs.Detail))
	}
	if _, err := c.wait(ctx, c.state.Name); err != nil {
		return fmt.Errorf("somebody else changed %s during the rollout (%s), and traffic cannot return to it: %w; `headgate rollback %s -n %s --force` puts back what stood before the rollout",
			theirs.Path, theirs.Detail, err, c.state.Release, c.state.Namespace)
	}
	return nil
}

// over are the fields to write over whatever stands in live. A size is no
// version: it stays with whoever scales.
func over(live *unstructured.Unstructured, fields []field) []field {
	out := make([]field, 0, len(fields))
	for _, f := range fields {
		if !f.is(replicasPath) {
			f.Former, f.LooseFormer = f.in(live), false
		}
		out = append(out, f)
	}
	return out
}
