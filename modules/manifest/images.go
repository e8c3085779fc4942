package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Image replaces images in manifests.
type Image struct {
	// Name is an image as the manifests write it, without tag and digest.
	Name string
	// Ref is what stands there instead.
	Ref string
}

var imageRef = regexp.MustCompile(`^[a-z0-9][a-zA-Z0-9._/:-]*(@sha256:[0-9a-f]{64})?$`)

// ParseImage reads NAME=REF, or NAME:TAG and NAME@DIGEST, which keep the name.
func ParseImage(s string) (Image, error) {
	name, ref, ok := strings.Cut(s, "=")
	if !ok {
		name, ref = nameOf(s), s
	}
	if name == "" || !imageRef.MatchString(ref) || !ok && name == ref {
		return Image{}, fmt.Errorf("image %q: want NAME=REF, or NAME:TAG to keep the name", s)
	}
	return Image{Name: name, Ref: ref}, nil
}

// nameOf is a reference without its tag and digest.
func nameOf(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	if colon := strings.LastIndexByte(ref, ':'); colon > strings.LastIndexByte(ref, '/') {
		return ref[:colon]
	}
	return ref
}

// containerLists are the fields that hold a Pod's containers.
var containerLists = []string{"containers", "initContainers", "ephemeralContainers"}

// setImages replaces images wherever objects have containers. One that is
// nowhere is an error: it would be deployed unchanged, and nobody would know.
func setImages(objs []*unstructured.Unstructured, images []Image) error {
	found := map[string]bool{}
	var there []string
	for _, obj := range objs {
		eachContainer(obj.Object, func(container map[string]any) {
			ref, _ := container["image"].(string)
			if !slices.Contains(there, ref) && ref != "" {
				there = append(there, ref)
			}
			for _, img := range images {
				if img.Name == nameOf(ref) {
					container["image"] = img.Ref
					found[img.Name] = true
				}
			}
		})
	}
	for _, img := range images {
		if !found[img.Name] {
			return fmt.Errorf("image %s is in none of the manifests; they have %s", img.Name, listOr(there, "no containers"))
		}
	}
	return nil
}

// eachContainer visits the containers below a value. Only what is a list under
// the field's name and lies below a Pod's spec counts.
func eachContainer(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		for field, value := range v {
			if list, ok := value.([]any); ok && slices.Contains(containerLists, field) {
				for _, c := range list {
					if container, ok := c.(map[string]any); ok {
						visit(container)
					}
				}
				continue
			}
			eachContainer(value, visit)
		}
	case []any:
		for _, item := range v {
			eachContainer(item, visit)
		}
	}
}

// unfilled complains about an image whose variables nobody has filled in.
func unfilled(objs []*unstructured.Unstructured) error {
	for _, obj := range objs {
		var ref string
		eachContainer(obj.Object, func(c map[string]any) {
			if s, _ := c["image"].(string); strings.Contains(s, "${") {
				ref = s
			}
		})
		if ref != "" {
			return fmt.Errorf("%s: image %s has variables that are not filled in: give them with --set NAME=VALUE", Describe(obj), ref)
		}
	}
	return nil
}

func listOr(items []string, otherwise string) string {
	if len(items) == 0 {
		return otherwise
	}
	return strings.Join(items, ", ")
}
