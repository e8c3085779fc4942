package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Deploy applies manifests by server-side apply and waits until everything is
// ready. The result's summary shows what changed.
//
// It is never cached: each call applies.
// +cache="session"
func (c *Cluster) Deploy(
	ctx context.Context,
	// Folder with the manifests.
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// Kustomizations, as paths in the source, such as k8s/overlays/dev.
	// +optional
	kustomize []string,
	// Files or folders with plain manifests, as paths in the source.
	// +optional
	files []string,
	// Images to replace, as NAME=REFERENCE with the name that the manifests use.
	// +optional
	image []string,
	// Values for ${NAME} in the manifests, as NAME=VALUE. Never a secret: values
	// are shown.
	// +optional
	set []string,
	// Namespace of objects that name none; the kubeconfig's by default.
	// +optional
	namespace string,
	// Have the workloads' namespaces inject the mesh's proxies, and create what is
	// missing.
	// +optional
	inject bool,
	// Labels for the workloads' namespaces, as KEY=VALUE, such as istio.io/rev=stable;
	// missing namespaces are created.
	// +optional
	namespaceLabel []string,
	// Create the workloads' namespaces where they are missing.
	// +optional
	createNamespace bool,
	// Take over fields that somebody else manages.
	// +optional
	forceConflicts bool,
	// Longest time until everything is ready.
	// +optional
	// +default="5m"
	timeout string,
	// Only check and compare; write nothing.
	// +optional
	dryRun bool,
) (*Result, error) {
	args := manifestArgs(kustomize, files, image, set, namespace)
	args = append(args, flag("--inject", inject)...)
	args = append(args, each("--namespace-label", namespaceLabel)...)
	args = append(args, flag("--create-namespace", createNamespace)...)
	args = append(args, flag("--force-conflicts", forceConflicts)...)
	if dryRun {
		args = append(args, "--dry-run", "server")
	} else {
		args = append(args, "--wait", "--timeout", timeout)
	}
	res, err := c.headgate(ctx, command{name: "apply", args: args, files: source})
	if err != nil {
		return nil, err
	}
	return res.changed()
}

// Diff says what deploy would change. Its verdict is failed, with the exit code
// 3, when anything would.
// +cache="never"
func (c *Cluster) Diff(
	ctx context.Context,
	// Folder with the manifests.
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// Kustomizations, as paths in the source, such as k8s/overlays/dev.
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
	// Namespace of objects that name none; the kubeconfig's by default.
	// +optional
	namespace string,
) (*Result, error) {
	res, err := c.headgate(ctx, command{name: "diff", args: manifestArgs(kustomize, files, image, set, namespace), files: source})
	if err != nil {
		return nil, err
	}
	return res.changed()
}

// Drift says what in the cluster is not as the manifests say, and who changed
// it. Its verdict is failed, with the exit code 3, when anything is not.
// +cache="never"
func (c *Cluster) Drift(
	ctx context.Context,
	// Folder with the manifests.
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// Kustomizations, as paths in the source, such as k8s/overlays/dev.
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
	// Namespace of objects that name none; the kubeconfig's by default.
	// +optional
	namespace string,
) (*Result, error) {
	return c.headgate(ctx, command{name: "drift", args: manifestArgs(kustomize, files, image, set, namespace), files: source, worded: true})
}

func manifestArgs(kustomize, files, image, set []string, namespace string) []string {
	args := each("--kustomize", kustomize)
	args = append(args, each("--file", files)...)
	args = append(args, each("--image", image)...)
	args = append(args, each("--set", set)...)
	return append(args, inNamespace(namespace)...)
}

// each gives a flag once for every value.
func each(flag string, values []string) []string {
	var args []string
	for _, v := range values {
		args = append(args, flag, v)
	}
	return args
}

func flag(name string, on bool) []string {
	if !on {
		return nil
	}
	return []string{name}
}

// change is an object that was applied, of the program's JSON.
type change struct {
	Kind, Namespace, Name, Action, Diff string
}

// changed words the changes for a person: the diffs, then a line an object.
func (r *Result) changed() (*Result, error) {
	if r.Document == "" {
		return r, nil // nothing was printed but why
	}
	var doc struct {
		Changes []change
		Pending []struct {
			Object, Message string
			Why             []string
		}
	}
	if err := json.Unmarshal([]byte(r.Document), &doc); err != nil {
		if err := json.Unmarshal([]byte(r.Document), &doc.Changes); err != nil {
			return nil, fmt.Errorf("%s: read the result: %w", r.Name, err)
		}
	}
	var b strings.Builder
	for _, c := range doc.Changes {
		b.WriteString(c.Diff)
	}
	for _, c := range doc.Changes {
		fmt.Fprintf(&b, "%s %s: %s\n", c.Kind, strings.TrimPrefix(c.Namespace+"/"+c.Name, "/"), c.Action)
	}
	for _, p := range doc.Pending {
		fmt.Fprintf(&b, "not ready: %s: %s\n", p.Object, p.Message)
		for _, w := range p.Why {
			fmt.Fprintf(&b, "  %s\n", w)
		}
	}
	r.Summary = b.String()
	return r, nil
}
