package deploy

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/analyze"
	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/session"
)

// AnalyzeOptions say what is analyzed.
type AnalyzeOptions struct {
	// Manifests are analyzed; with none, what the cluster has in its namespace.
	Manifests *manifest.Rendered
	// Cluster is asked for what the manifests refer to; nil for no cluster.
	Cluster *cluster.Cluster
	// Release, if any, has the looks of its steps analyzed too.
	Release *release.Release
	// Namespace is that of manifests that name none.
	Namespace string
	// Istioctl is run besides this program's own checks; nil for not at all.
	Istioctl *analyze.Istioctl
}

// Analysis is what was found.
type Analysis struct {
	Findings []analyze.Finding `json:"findings"`
	// Steps are the looks that were analyzed besides the objects as they are.
	Steps []string `json:"steps,omitempty"`
	// Istioctl is the path of the program that was run.
	Istioctl string `json:"istioctl,omitempty"`
	// Objects is how many were analyzed.
	Objects int `json:"objects"`
}

// Analyze looks for what is wrong with the objects, now and at every step of
// the Rollout to come.
func Analyze(ctx context.Context, o AnalyzeOptions) (*Analysis, error) {
	a := &analysis{AnalyzeOptions: o}
	if err := a.collect(ctx); err != nil {
		return nil, err
	}
	out := &Analysis{Objects: len(a.objects)}
	if o.Istioctl != nil {
		out.Istioctl = o.Istioctl.Path
	}
	base, err := a.check(ctx, a.objects)
	if err != nil {
		return nil, err
	}
	out.Findings = base
	if o.Release != nil {
		if err := a.steps(ctx, out); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			// What is wrong with the objects is often why, so it is shown.
			out.Findings = append(out.Findings, a.stepless(err))
		}
	}
	a.trace(out.Findings)
	analyze.Sort(out.Findings)
	return out, nil
}

// analysis is one Analyze on its way.
type analysis struct {
	AnalyzeOptions
	objects []*unstructured.Unstructured
	around  []*unstructured.Unstructured
}

// collect gathers the objects and what is around them.
func (a *analysis) collect(ctx context.Context) error {
	if a.Cluster != nil {
		live, err := around(ctx, a.Cluster)
		if err != nil {
			return a.Cluster.Reachable(err)
		}
		a.around = live
	}
	if a.Manifests == nil {
		for _, o := range a.around {
			if o.GetNamespace() == a.Namespace {
				a.objects = append(a.objects, o)
			}
		}
		if len(a.objects) == 0 {
			return fmt.Errorf("namespace %s has nothing to analyze; name another with -n, or manifests with -k or -f", a.Namespace)
		}
		return nil
	}
	for _, o := range a.Manifests.Objects {
		o = o.DeepCopy()
		if o.GetNamespace() == "" && !clusterScoped[o.GetKind()] {
			o.SetNamespace(a.Namespace)
		}
		a.objects = append(a.objects, o)
	}
	return nil
}

// clusterScoped are the kinds without a namespace that deployments usually hold.
var clusterScoped = map[string]bool{
	"Namespace": true, "CustomResourceDefinition": true, "ClusterRole": true, "ClusterRoleBinding": true, "PersistentVolume": true,
	"StorageClass": true, "PriorityClass": true, "MutatingWebhookConfiguration": true, "ValidatingWebhookConfiguration": true, "IngressClass": true, "GatewayClass": true,
}

// check makes all checks on some objects.
func (a *analysis) check(ctx context.Context, objects []*unstructured.Unstructured) ([]analyze.Finding, error) {
	out := analyze.Check(analyze.Scope{Objects: objects, Around: a.around, Whole: a.Cluster != nil})
	if a.Istioctl == nil {
		return out, nil
	}
	file, done, err := asFile(objects)
	if err != nil {
		return nil, err
	}
	defer done()
	more, err := a.Istioctl.Run(ctx, file)
	return append(out, more...), err
}

// asFile writes objects where istioctl can read them.
func asFile(objects []*unstructured.Unstructured) (path string, done func(), err error) {
	dir, err := os.MkdirTemp("", "headgate-analyze")
	if err != nil {
		return "", nil, err
	}
	done = func() { _ = os.RemoveAll(dir) } // a temporary folder
	var b bytes.Buffer
	if err = manifest.WriteYAML(&b, withoutSecrets(objects)); err == nil {
		path = filepath.Join(dir, "objects.yaml")
		err = os.WriteFile(path, b.Bytes(), 0o600)
	}
	if err != nil {
		done()
	}
	return path, done, err
}

// withoutSecrets leaves out what no analyzer needs and no file should hold.
func withoutSecrets(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, o := range objects {
		if o.GetKind() == "Secret" {
			o = o.DeepCopy()
			delete(o.Object, "data")
			delete(o.Object, "stringData")
		}
		out = append(out, o)
	}
	return out
}

// steps adds what is found at the steps of the Rollout and not before.
func (a *analysis) steps(ctx context.Context, out *Analysis) error {
	steps, err := session.Preview(ctx, a.all(), a.Release)
	if err != nil {
		return err
	}
	seen := out.Findings
	for _, s := range steps {
		out.Steps = append(out.Steps, s.Step)
		found, err := a.check(ctx, s.Objects)
		if err != nil {
			return err
		}
		for _, f := range analyze.New(seen, found) {
			f.Step = s.Step
			seen = append(seen, f)
			out.Findings = append(out.Findings, f)
		}
	}
	return nil
}

// stepless is the finding that the Rollout's steps cannot be made.
func (a *analysis) stepless(err error) analyze.Finding {
	meta := a.Release.Metadata
	return analyze.Finding{
		Code: "HG119", Severity: analyze.Error, Object: fmt.Sprintf("Release %s/%s", meta.Namespace, meta.Name),
		Message: fmt.Sprintf("the steps of its rollout cannot be made of these objects: %v", err),
		Next:    "mend what else is found first; `headgate plan` says what a rollout needs",
	}
}

// all are the objects with those around them that they do not hide.
func (a *analysis) all() []*unstructured.Unstructured {
	mine := map[string]bool{}
	for _, o := range a.objects {
		mine[manifest.Describe(o)] = true
	}
	out := append([]*unstructured.Unstructured{}, a.objects...)
	for _, o := range a.around {
		if !mine[manifest.Describe(o)] {
			out = append(out, o)
		}
	}
	return out
}

// trace adds to findings where their objects were written.
func (a *analysis) trace(findings []analyze.Finding) {
	if a.Manifests == nil {
		return
	}
	for i, f := range findings {
		for _, o := range a.objects {
			if manifest.Describe(o) == f.Object {
				at := a.Manifests.Origin(o).At(f.Path)
				findings[i].File, findings[i].Line = at.File, at.Line
			}
		}
	}
}
