package contest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"text/template"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// domain is that of all the services' hosts.
const domain = "bench.example.com"

// fill returns the objects of one of the manifests.
func fill(name string, values any) ([]*unstructured.Unstructured, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(files, "manifests/"+name)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := t.Execute(&text, values); err != nil {
		return nil, err
	}
	return decode(&text)
}

// decode returns the objects of a YAML text.
func decode(text io.Reader) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	d := yaml.NewYAMLOrJSONDecoder(text, 4096)
	for {
		var obj unstructured.Unstructured
		err := d.Decode(&obj.Object)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("object %d: %w", len(all)+1, err)
		}
		if len(obj.Object) > 0 {
			all = append(all, &obj)
		}
	}
}

// objects are the tool's manifest for a site, with the Pods put in.
func (s *site) objects(manifest string) ([]*unstructured.Unstructured, error) {
	objects, err := fill(manifest, map[string]any{"Namespace": s.namespace, "Host": s.host})
	if err != nil {
		return nil, err
	}
	pods, err := fill("pods.yaml", map[string]any{"Image": s.image(stable)})
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if kind := o.GetKind(); kind == "Deployment" || kind == "Rollout" {
			if err := unstructured.SetNestedMap(o.Object, pods[0].Object, "spec", "template"); err != nil {
				return nil, err
			}
		}
	}
	return objects, nil
}

// find is the object of a kind; the manifests have it.
func find(objects []*unstructured.Unstructured, kind string) *unstructured.Unstructured {
	for _, o := range objects {
		if o.GetKind() == kind {
			return o
		}
	}
	return &unstructured.Unstructured{Object: map[string]any{}}
}
