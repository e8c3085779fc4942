package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Analyze looks for what is wrong with manifests, now and at every step of the
// rollout to come, without a cluster. Its verdict is failed when there are
// errors.
func (h *Headgate) Analyze(
	ctx context.Context,
	// Folder with the manifests and the Release file.
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// Kustomizations, as paths in the source, such as k8s/overlays/prod.
	// +optional
	kustomize []string,
	// Files or folders with plain manifests, as paths in the source.
	// +optional
	files []string,
	// Images to replace, as NAME=REFERENCE with the name that the manifests use.
	// +optional
	image []string,
	// Values for ${NAME} in the manifests, as NAME=VALUE.
	// +optional
	set []string,
	// Release file whose steps are analyzed too; headgate.yaml where there is one.
	// +optional
	release string,
	// Namespace of objects that name none.
	// +optional
	namespace string,
	// istioctl for Linux, to run besides Headgate's own checks.
	// +optional
	istioctl *dagger.File,
) (*Result, error) {
	return analysis(ctx, h.Cli(), source, analyzeArgs(kustomize, files, image, set, release, namespace), istioctl)
}

// Analyze looks for what is wrong with manifests and with what they meet in the
// cluster, now and at every step of the rollout to come; without manifests, with
// the cluster itself.
// +cache="never"
func (c *Cluster) Analyze(
	ctx context.Context,
	// Folder with the manifests and the Release file.
	// +optional
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// Kustomizations, as paths in the source, such as k8s/overlays/prod.
	// +optional
	kustomize []string,
	// Files or folders with plain manifests, as paths in the source.
	// +optional
	files []string,
	// Images to replace, as NAME=REFERENCE with the name that the manifests use.
	// +optional
	image []string,
	// Values for ${NAME} in the manifests, as NAME=VALUE.
	// +optional
	set []string,
	// Release file whose steps are analyzed too; headgate.yaml where there is one.
	// +optional
	release string,
	// Namespace of objects that name none; the kubeconfig's by default.
	// +optional
	namespace string,
	// istioctl for Linux, to run besides Headgate's own checks.
	// +optional
	istioctl *dagger.File,
) (*Result, error) {
	args := append(analyzeArgs(kustomize, files, image, set, release, namespace), "--live")
	return analysis(ctx, c.Container(nil), source, args, istioctl)
}

func analyzeArgs(kustomize, files, image, set []string, release, namespace string) []string {
	args := manifestArgs(kustomize, files, image, set, namespace)
	if release != "" {
		args = append(args, "--release", release)
	}
	return args
}

func analysis(ctx context.Context, ctr *dagger.Container, source *dagger.Directory, args []string, istioctl *dagger.File) (*Result, error) {
	if istioctl != nil {
		ctr = ctr.WithFile("/usr/local/bin/istioctl", istioctl, dagger.ContainerWithFileOpts{Permissions: 0o755})
	}
	res, err := command{name: "analyze", args: args, files: source}.run(ctx, ctr)
	if err != nil {
		return nil, err
	}
	return res.found()
}

// found words an analysis for a person, a finding a line.
func (r *Result) found() (*Result, error) {
	if r.Document == "" {
		return r, nil // nothing was printed but why
	}
	var doc struct {
		Objects  int
		Findings []struct{ File, Severity, Code, Step, Object, Message, Next string }
	}
	if err := json.Unmarshal([]byte(r.Document), &doc); err != nil {
		return nil, fmt.Errorf("analyze: read the result: %w", err)
	}
	var b strings.Builder
	for _, f := range doc.Findings {
		at := ""
		if f.Step != "" {
			at = " at " + f.Step
		}
		fmt.Fprintf(&b, "%s %s%s: %s: %s\n", f.Severity, f.Code, at, f.Object, f.Message)
		if f.Next != "" {
			fmt.Fprintf(&b, "  %s\n", f.Next)
		}
	}
	fmt.Fprintf(&b, "%d objects, %d findings\n", doc.Objects, len(doc.Findings))
	r.Summary = b.String()
	return r, nil
}
