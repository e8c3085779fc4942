package main

import (
	"bytes"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// notInstalled are the kinds that run or protect istiod as a Deployment. The
// test environment runs istiod as a process instead.
var notInstalled = map[string]bool{
	"Deployment":              true,
	"HorizontalPodAutoscaler": true,
	"PodDisruptionBudget":     true,
	"NetworkPolicy":           true,
}

func isCRD(o object) bool { return o["kind"] == "CustomResourceDefinition" }

func isControl(o object) bool {
	kind, _ := o["kind"].(string)
	return !isCRD(o) && !notInstalled[kind]
}

// pick returns the objects that keep accepts. A Service loses its selector:
// an EndpointSlice of the environment leads it to the istiod process.
func pick(objects []object, keep func(object) bool) []object {
	var picked []object
	for _, o := range objects {
		if !keep(o) {
			continue
		}
		if spec, ok := o["spec"].(map[string]any); ok && o["kind"] == "Service" {
			delete(spec, "selector")
		}
		picked = append(picked, o)
	}
	return picked
}

// write stores objects as one YAML file, whole or not at all.
func write(folder, name string, objects []object) error {
	var b bytes.Buffer
	for _, o := range objects {
		data, err := yaml.Marshal(o)
		if err != nil {
			return err
		}
		b.WriteString("---\n")
		b.Write(data)
	}
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path+".part", b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
