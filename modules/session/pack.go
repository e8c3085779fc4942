package session

import (
	"bytes"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/incluster"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
)

// The files of a Release that runs in the cluster.
const (
	releaseFile   = "release.yaml"
	manifestsFile = "manifests.yaml"
	caFile        = "prometheus-ca.pem"
)

// bundle is a Release with all that it refers to on this machine.
type bundle struct {
	files        map[string][]byte
	env          map[string]string
	confidential bool
}

// pack makes a Release independent of this machine: its manifests, its
// certificates and the environment variables that it names travel with it.
func pack(rel *release.Release, getenv func(string) string) (*bundle, error) {
	packed := *rel
	b := &bundle{files: map[string][]byte{}, env: map[string]string{}}
	if err := b.manifests(&packed); err != nil {
		return nil, err
	}
	if p := rel.Spec.Metrics.Prometheus; p != nil {
		prom := *p
		packed.Spec.Metrics.Prometheus = &prom
		if err := b.certificates(&prom); err != nil {
			return nil, err
		}
		b.variables(&prom, getenv)
	}
	data, err := encodeRelease(&packed)
	b.files[releaseFile] = data
	return b, err
}

func (b *bundle) manifests(rel *release.Release) error {
	if len(rel.Spec.Candidate.Manifests) == 0 {
		return nil
	}
	objects, err := manifest.Load(rel.Spec.Candidate.Manifests...)
	if err != nil {
		return err
	}
	var all bytes.Buffer
	for _, obj := range objects {
		doc, err := yaml.Marshal(obj.Object)
		if err != nil {
			return fmt.Errorf("encode %s %s: %w", obj.GetKind(), obj.GetName(), err)
		}
		all.WriteString("---\n")
		all.Write(doc)
		b.confidential = b.confidential || isSecret(obj)
	}
	b.files[manifestsFile] = all.Bytes()
	rel.Spec.Candidate.Manifests = []string{incluster.Folder + "/" + manifestsFile}
	return nil
}

func isSecret(obj *unstructured.Unstructured) bool {
	return obj.GetKind() == "Secret" && obj.GroupVersionKind().Group == ""
}

func (b *bundle) certificates(p *release.Prometheus) error {
	if p.CAFile == "" {
		return nil
	}
	data, err := os.ReadFile(p.CAFile)
	if err != nil {
		return fmt.Errorf("metrics.prometheus.caFile: %w", err)
	}
	b.files[caFile] = data
	p.CAFile = incluster.Folder + "/" + caFile
	return nil
}

// variables are those that sign in to Prometheus. One that is not set here is
// not there either, and the Job says so.
func (b *bundle) variables(p *release.Prometheus, getenv func(string) string) {
	names := []string{p.UserFrom, p.PasswordFrom}
	for _, name := range p.HeadersFrom {
		names = append(names, name)
	}
	for _, name := range names {
		if name == "" || getenv(name) == "" {
			continue
		}
		b.env[name], b.confidential = getenv(name), true
	}
}
