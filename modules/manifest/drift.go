package manifest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Drift is one difference between a manifest and the cluster.
type Drift struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Path is the field; empty where the object itself is missing.
	Path string `json:"path,omitempty"`
	// Want is what the manifest comes to, Got what the cluster has; nil where
	// there is none. Secrets' values are masked.
	Want any `json:"want,omitempty"`
	Got  any `json:"got,omitempty"`
	// By is who made the field what it is; unknown where something was taken away.
	By Owner `json:"by,omitzero"`
}

// Object names the object.
func (d Drift) Object() string {
	if d.Namespace == "" {
		return d.Kind + " " + d.Name
	}
	return fmt.Sprintf("%s %s/%s", d.Kind, d.Namespace, d.Name)
}

// Drift says where the cluster is not as the manifests say, and who has made it
// so. Fields that a manifest leaves to others are none.
func (a *Applier) Drift(ctx context.Context, objs []*unstructured.Unstructured) ([]Drift, error) {
	forced := *a
	forced.Force = true // a conflict is what is looked for
	changes, err := forced.Compare(ctx, objs)
	if err != nil {
		return nil, err
	}
	out := []Drift{}
	for _, c := range changes {
		out = append(out, driftOf(c)...)
	}
	return out, nil
}

func driftOf(c Change) []Drift {
	d := Drift{Kind: c.Kind, Namespace: c.Namespace, Name: c.Name}
	if c.Live == nil {
		return []Drift{d}
	}
	live, want := plain(c.Live), plain(c.Result)
	mask(live, want)
	who := ownersOf(c.Live)
	var out []Drift
	differences("", live.Object, want.Object, func(path string, got, want any) {
		d.Path, d.Got, d.Want, d.By = path, got, want, who.of(path, less(got, want))
		out = append(out, d)
	})
	return out
}

// less says that something is not there any more.
func less(got, want any) bool {
	gotList, ok1 := got.([]any)
	wantList, ok2 := want.([]any)
	return got == nil || ok1 && ok2 && len(gotList) < len(wantList)
}

// differences visits the smallest fields that differ, in the order of their
// paths. Lists of different lengths differ as a whole.
func differences(path string, got, want any, visit func(path string, got, want any)) {
	if equality.Semantic.DeepEqual(got, want) {
		return
	}
	gotMap, ok1 := got.(map[string]any)
	wantMap, ok2 := want.(map[string]any)
	if ok1 && ok2 {
		all := maps.Clone(gotMap)
		maps.Copy(all, wantMap)
		for _, field := range slices.Sorted(maps.Keys(all)) {
			differences(join(path, field), gotMap[field], wantMap[field], visit)
		}
		return
	}
	gotList, ok1 := got.([]any)
	wantList, ok2 := want.([]any)
	if ok1 && ok2 && len(gotList) == len(wantList) {
		for i := range gotList {
			differences(fmt.Sprintf("%s[%d]", path, i), gotList[i], wantList[i], visit)
		}
		return
	}
	visit(path, got, want)
}
