package manifest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// foresee has the server say what applying an object comes to, the takeover
// before it included. A dry run takes nothing over: what would be removed then
// is worked out here, and a second dry run has the server check the rest and
// fill in its defaults.
func (a *Applier) foresee(ctx context.Context, t target, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	names := sets.Set[string]{}
	if live != nil && !t.part {
		names = clientSide(live)
	}
	if names.Len() == 0 {
		return a.send(ctx, t, true)
	}
	out, err := a.send(ctx, t, true)
	var conflict *ConflictError
	if errors.As(err, &conflict) {
		if conflict.Fields = belongingToOthers(conflict.Fields, names); len(conflict.Fields) > 0 {
			return nil, conflict
		}
		forced := *a
		forced.Force = true
		out, err = forced.send(ctx, t, true)
	}
	if err != nil {
		return nil, err
	}
	left := out.DeepCopy()
	removeAll(left, abandoned(out, names, a.manager()))
	if sameMeaning(left, out) {
		return out, nil
	}
	return a.dryPatch(ctx, t, live, left)
}

func belongingToOthers(fields []OwnedField, names sets.Set[string]) []OwnedField {
	var out []OwnedField
	for _, f := range fields {
		if !names.Has(f.Manager) {
			out = append(out, f)
		}
	}
	return out
}

// abandoned are the fields that only the named managers own once the manifest
// was applied: nobody wants them any more.
func abandoned(applied *unstructured.Unstructured, names sets.Set[string], manager string) []fieldpath.Path {
	theirs, wanted := &fieldpath.Set{}, &fieldpath.Set{}
	for _, e := range applied.GetManagedFields() {
		mine := e.Manager == manager && e.Operation == metav1.ManagedFieldsOperationApply
		if names.Has(e.Manager) && !mine && e.Subresource == "" {
			theirs = theirs.Union(fieldsOf(e))
			continue
		}
		wanted = wanted.Union(fieldsOf(e))
	}
	var out []fieldpath.Path
	theirs.Difference(wanted).Iterate(func(p fieldpath.Path) {
		if below(wanted, p).Empty() {
			out = append(out, p.Copy())
		}
	})
	return out
}

// below is what a set has below a path.
func below(set *fieldpath.Set, p fieldpath.Path) *fieldpath.Set {
	for _, step := range p {
		set = set.WithPrefix(step)
	}
	return set
}

// removeAll removes fields and items of lists.
func removeAll(obj *unstructured.Unstructured, paths []fieldpath.Path) {
	for _, p := range paths {
		if len(p) > 0 {
			remove(obj.Object, p)
		}
	}
}

// remove gives back what is left of v once the field or item at p is gone.
func remove(v any, p fieldpath.Path) any {
	switch v := v.(type) {
	case map[string]any:
		name := p[0].FieldName
		child, ok := v[nameOr(name)]
		switch {
		case name == nil || !ok:
		case len(p) == 1:
			delete(v, *name)
		default:
			v[*name] = remove(child, p[1:])
		}
	case []any:
		i := indexOf(v, p[0])
		switch {
		case i < 0:
		case len(p) == 1:
			return append(append([]any{}, v[:i]...), v[i+1:]...)
		default:
			v[i] = remove(v[i], p[1:])
		}
	}
	return v
}

func nameOr(name *string) string {
	if name == nil {
		return ""
	}
	return *name
}

// dryPatch has the server say what the object would be like with what is left of
// it.
func (a *Applier) dryPatch(ctx context.Context, t target, live, left *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	before, err := json.Marshal(plain(live))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", Describe(live), err)
	}
	after, err := json.Marshal(plain(left))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", Describe(left), err)
	}
	patch, err := jsonpatch.CreateMergePatch(before, after)
	if err != nil {
		return nil, fmt.Errorf("compare %s with what is left of it: %w", Describe(live), err)
	}
	out, err := t.api.Patch(ctx, live.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: a.manager(), DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return nil, explain(t.obj, err)
	}
	return out, nil
}
