package mesh

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/template"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

//go:embed manifests/*
var manifests embed.FS

// sources are the YAML documents that Install applies, in the order in which
// their objects must exist.
type sources struct{ namespace, crds, control, custom []byte }

// load reads the rendered folder and this package's own manifests.
func load(cfg Config) (*sources, error) {
	var s sources
	for path, into := range map[string]*[]byte{"crds.yaml": &s.crds, "control.yaml": &s.control} {
		data, err := os.ReadFile(filepath.Join(cfg.Rendered, path)) //nolint:gosec // one of the two names above
		if err != nil {
			return nil, fmt.Errorf("rendered Istio objects: %w; render them again with istiorender", err)
		}
		*into = data
	}
	own, err := fill("istiod.yaml", cfg)
	if err != nil {
		return nil, err
	}
	s.control = append(s.control, own...)
	if s.namespace, err = fill("namespace.yaml", nil); err != nil {
		return nil, err
	}
	s.custom, err = fill("metrics.yaml", nil)
	return &s, err
}

// sum identifies the content.
func (s *sources) sum() string {
	h := sha256.New()
	for _, data := range [][]byte{s.namespace, s.crds, s.control, s.custom} {
		_, _ = h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// fill returns one of the embedded manifests with values put in.
func fill(name string, values any) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(manifests, "manifests/"+name)
	if err != nil {
		return nil, err
	}
	b := bytes.NewBufferString("---\n")
	if err := t.Execute(b, values); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// decode returns the objects of a YAML text.
func decode(data []byte) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
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

// Sum identifies what Install would put into a cluster, by content.
func Sum(cfg Config) (string, error) {
	s, err := load(cfg)
	if err != nil {
		return "", err
	}
	return s.sum()[:16], nil
}
