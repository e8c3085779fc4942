package manifest

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Put applies what Compare has compared, in that order, and gives back the
// changes as they came to be. After an error those before it are done.
func (a *Applier) Put(ctx context.Context, changes []Change) ([]Change, error) {
	var done []Change
	for _, c := range changes {
		put, err := a.put(ctx, c)
		if err != nil {
			return done, err
		}
		done = append(done, put)
	}
	return done, nil
}

func (a *Applier) put(ctx context.Context, c Change) (Change, error) {
	if c.target.api == nil { // its kind was not served when it was compared
		var err error
		if c.target, err = a.target(c.Result); err != nil {
			return c, err
		}
		c.Namespace = c.target.obj.GetNamespace()
	}
	if err := a.takeOver(ctx, c.target, c.Live); err != nil {
		return c, err
	}
	result, err := a.send(ctx, c.target, false)
	if err != nil {
		return c, err
	}
	if isCRD(c.target.obj) {
		if err := a.established(ctx, c.target); err != nil {
			return c, err
		}
	}
	c.Result, c.Unchecked = result, ""
	return c, nil
}

// Objects are those that the changes leave in the cluster.
func Objects(changes []Change) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, c := range changes {
		if c.Action != Pruned && c.Result != nil {
			out = append(out, c.Result)
		}
	}
	return out
}

// Unasked are changes about which no cluster was asked.
func Unasked(objs []*unstructured.Unstructured) []Change {
	var out []Change
	for _, obj := range InOrder(objs) {
		out = append(out, newChange(obj, Unknown, ""))
	}
	return out
}
