package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"sort"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"istio.io/istio/manifests"
	"sigs.k8s.io/yaml"
)

// object is one Kubernetes object as decoded from a chart's output.
type object map[string]any

// render runs one chart of the Istio module with the given values (YAML) and
// returns its objects, ordered by template name and place.
func render(name string, values []byte) ([]object, error) {
	c, err := load("charts/" + name)
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", name, err)
	}
	given := map[string]any{}
	if err := yaml.UnmarshalStrict(values, &given); err != nil {
		return nil, fmt.Errorf("values for chart %s: %w", name, err)
	}
	release := common.ReleaseOptions{Name: "istio", Namespace: "istio-system", IsInstall: true}
	merged, err := util.ToRenderValues(c, given, release, common.DefaultCapabilities)
	if err != nil {
		return nil, fmt.Errorf("values for chart %s: %w", name, err)
	}
	files, err := engine.Render(c, merged)
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", name, err)
	}
	return decode(files)
}

// load reads a chart from the files embedded in the Istio module.
func load(root string) (*chart.Chart, error) {
	var files []*archive.BufferedFile
	err := fs.WalkDir(manifests.FS, root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(manifests.FS, path)
		if err != nil {
			return err
		}
		files = append(files, &archive.BufferedFile{Name: strings.TrimPrefix(path, root+"/"), Data: data})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return loader.LoadFiles(files)
}

// decode splits rendered templates into objects; notes for people and empty
// documents are left out.
func decode(files map[string]string) ([]object, error) {
	var names []string
	for name := range files {
		if strings.HasSuffix(name, ".yaml") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var objects []object
	for _, name := range names {
		for _, document := range bytes.Split([]byte("\n"+files[name]), []byte("\n---")) {
			var o object
			if err := yaml.Unmarshal(document, &o); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if len(o) > 0 {
				objects = append(objects, o)
			}
		}
	}
	return objects, nil
}
