package workload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// formerMost is how many bytes of former ConfigMaps a record holds in all. It is
// one ConfigMap itself, and the timeline and the manifests are in it, too.
const formerMost = 128 << 10

// former is what a ConfigMap held before promotion. What keeps it in the cluster
// meanwhile goes with the candidate; this stays, so that a promotion can be taken
// back when it is over. There is none of a Secret: its content is never on record.
type former struct {
	Data       map[string]any `json:"data,omitempty"`
	BinaryData map[string]any `json:"binaryData,omitempty"`
	// Applied is what kubectl remembered of it.
	Applied string `json:"applied,omitempty"`
	// Replaced tells the content that promotion gave it from what somebody else did.
	Replaced string `json:"replaced"`
}

// remember puts on record what a ConfigMap held before promotion, as far as there
// is room.
func (c *Candidate) remember(i int, keeper, next *unstructured.Unstructured) error {
	item := &c.state.Config[i]
	item.Former = nil
	if item.Kind != kindConfigMap {
		return nil
	}
	replaced, err := fingerprint(next)
	if err != nil {
		return err
	}
	f := &former{Applied: keeper.GetAnnotations()[annotationManifest], Replaced: replaced}
	f.Data, _, _ = unstructured.NestedMap(keeper.Object, "data")
	f.BinaryData, _, _ = unstructured.NestedMap(keeper.Object, "binaryData")
	size := 0
	for _, other := range append(c.state.Config[:len(c.state.Config):len(c.state.Config)], configItem{Former: f}) {
		data, err := json.Marshal(other.Former)
		if err != nil {
			return fmt.Errorf("encode what %s held: %w", ref(keeper), err)
		}
		size += len(data)
	}
	if size <= formerMost {
		item.Former = f
	}
	return nil
}

// object is what the record has of a ConfigMap, as the keeper of it was.
func (f *former) object() *unstructured.Unstructured {
	out := &unstructured.Unstructured{Object: map[string]any{}}
	if len(f.Data) > 0 {
		out.Object["data"] = f.Data
	}
	if len(f.BinaryData) > 0 {
		out.Object["binaryData"] = f.BinaryData
	}
	carry(out, annotationManifest, f.Applied)
	return out
}

// fingerprint is what content is compared by where it is not kept.
func fingerprint(obj *unstructured.Unstructured) (string, error) {
	data, err := json.Marshal(content(obj))
	if err != nil {
		return "", fmt.Errorf("encode the content of %s: %w", ref(obj), err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// restorable reads a ConfigMap that the record can restore. Somebody else's
// change since the promotion is a *ConflictError, unless Force was given.
func (c *Candidate) restorable(ctx context.Context, item configItem) (live *unstructured.Unstructured, err error) {
	what := object(item.Kind, c.state.Namespace, item.Name)
	if live, err = find(ctx, c.api(item.resource()), item.Name); err != nil {
		return nil, refused("read", what, err)
	}
	if live == nil {
		return nil, &ConflictError{Object: what, Path: "metadata", Detail: "it was deleted"}
	}
	now, err := fingerprint(live)
	if err != nil {
		return nil, err
	}
	if !c.force && now != item.Former.Replaced && !equal(content(live), content(item.Former.object())) {
		return nil, &ConflictError{Object: what, Path: "data", Detail: "it holds neither the old nor the new content"}
	}
	return live, nil
}

// restore gives a ConfigMap the content from the record, and gives the
// resourceVersion at which it stands.
func (c *Candidate) restore(ctx context.Context, item configItem) (string, error) {
	live, err := c.restorable(ctx, item)
	if err != nil {
		return "", err
	}
	was := item.Former.object()
	if !equal(content(live), content(was)) {
		if err := c.replaceContent(ctx, item, live, was); err != nil {
			return "", err
		}
		if live, err = c.restorable(ctx, item); err != nil {
			return "", err
		}
	}
	return live.GetResourceVersion(), nil
}

// goesBack says why an object that promotion changed in place cannot be given
// back what it held; nil where it can, or need not.
func (c *Candidate) goesBack(ctx context.Context, item configItem) error {
	what := object(item.Kind, c.state.Namespace, item.Name)
	const instead = "roll the old manifests out with `headgate run -k PATH`"
	switch {
	case item.New: // it stands beside the one before
		return nil
	case item.Former != nil:
		_, err := c.restorable(ctx, item)
		return err
	case item.Kind == kindSecret:
		return fmt.Errorf("%s got new content with the promotion, and what a Secret held is kept nowhere, so that a secret that was withdrawn is gone; %s", what, instead)
	default:
		return fmt.Errorf("%s got new content with the promotion, and what it held is not on record: ConfigMaps of more than %d KiB in all are not kept, nor those that an older headgate changed; %s", what, formerMost>>10, instead)
	}
}
