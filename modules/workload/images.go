package workload

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const defaultContainer = "kubectl.kubernetes.io/default-container"

// withImages is the Deployment with other images, and what changed.
func withImages(dep *unstructured.Unstructured, images map[string]string) (*unstructured.Unstructured, error) {
	out := dep.DeepCopy()
	for _, name := range slices.Sorted(maps.Keys(images)) {
		if images[name] == "" {
			return nil, fmt.Errorf("%s: the new image of container %q is empty", deployment(dep), name)
		}
		c, err := containerFor(out, name)
		if err != nil {
			return nil, err
		}
		c["image"] = images[name]
	}
	return out, nil
}

// containerFor finds a container or init container; the empty name is the
// app's.
func containerFor(dep *unstructured.Unstructured, name string) (map[string]any, error) {
	apps := containers(dep.Object, "containers")
	if name == "" {
		return appContainer(dep, apps)
	}
	all := slices.Concat(apps, containers(dep.Object, "initContainers"))
	for _, c := range all {
		if c["name"] == name {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%s has no container %q; it has %s", deployment(dep), name, strings.Join(names(all), ", "))
}

func appContainer(dep *unstructured.Unstructured, apps []map[string]any) (map[string]any, error) {
	if len(apps) == 0 {
		return nil, fmt.Errorf("%s has no containers in its template", deployment(dep))
	}
	marked, _, _ := unstructured.NestedString(dep.Object, "spec", "template", "metadata", "annotations", defaultContainer)
	for _, want := range []string{marked, dep.GetName()} {
		for _, c := range apps {
			if want != "" && c["name"] == want {
				return c, nil
			}
		}
	}
	return apps[0], nil
}

// containers are a Deployment's containers of one list; changing them changes
// the Deployment.
func containers(dep map[string]any, list string) []map[string]any {
	items, _, _ := unstructured.NestedFieldNoCopy(dep, "spec", "template", "spec", list)
	return mapsIn(items)
}

// mapsIn are the maps in what should be a list of maps.
func mapsIn(list any) []map[string]any {
	items, _ := list.([]any)
	out := make([]map[string]any, 0, len(items))
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func names(list []map[string]any) []string {
	out := make([]string, 0, len(list))
	for _, c := range list {
		if name, ok := c["name"].(string); ok {
			out = append(out, name)
		}
	}
	return out
}

// imageChanges compares two Deployments container by container.
func imageChanges(from, to *unstructured.Unstructured) []ImageChange {
	var out []ImageChange
	for _, list := range []string{"initContainers", "containers"} {
		before := map[any]any{}
		for _, c := range containers(from.Object, list) {
			before[c["name"]] = c["image"]
		}
		for _, c := range containers(to.Object, list) {
			if was := before[c["name"]]; was != c["image"] {
				out = append(out, ImageChange{Container: text(c["name"]), From: text(was), To: text(c["image"])})
			}
		}
	}
	return out
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func deployment(dep *unstructured.Unstructured) string {
	return object("Deployment", dep.GetNamespace(), dep.GetName())
}
