// Package image stands in for a container registry: an image is a few lines of
// JSON that name programs of this machine. What is put into the folder is there
// at the next start of a container.
package image

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Image is what a container's image reference means on this node.
type Image struct {
	// Ref is the reference as Pods name it, e.g. headgate/sample:1.0.0.
	Ref string `json:"ref"`
	// Command is replaced by a container's own. A program of this machine with
	// an absolute path appears in the container without a bind.
	Command []string `json:"command,omitempty"`
	// Args follow the command; a container's command or args replace them.
	Args  []string          `json:"args,omitempty"`
	Env   map[string]string `json:"env,omitempty"`
	Binds []Bind            `json:"binds,omitempty"`
	// User is who runs the command when the Pod does not say; 1000 when nil,
	// so that a Pod that asks for nothing has no rights on this machine.
	User *int64 `json:"user,omitempty"`
	// Capture makes the node itself carry out the command istio-iptables.
	Capture bool `json:"capture,omitempty"`
}

// Bind shows a file or folder of this machine in the container, read-only.
type Bind struct {
	Host      string `json:"host"`
	Container string `json:"container"`
}

// Show lets the program see a file or folder of this machine, there or at
// another absolute path.
func (i *Image) Show(host, inside string) error {
	path, err := filepath.Abs(host)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return err
	}
	if inside == "" {
		inside = path
	}
	if !filepath.IsAbs(inside) {
		return fmt.Errorf("%s: the path in the container must be absolute", inside)
	}
	i.Binds = append(i.Binds, Bind{Host: path, Container: inside})
	return nil
}

// Resolver finds what an image reference means.
type Resolver interface {
	// Resolve fails with a *NotFoundError when there is no such image.
	Resolve(ref string) (Image, error)
}

// NotFoundError says that nobody has loaded an image.
type NotFoundError struct{ Ref string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("image %q is not in this environment: load it with \"headgate testenv load\"", e.Ref)
}

// split takes a reference apart. The registry's host is dropped: there is none
// here. So is a digest: an image here is whatever is on the disk.
func split(ref string) (repository, tag string) {
	ref, _, _ = strings.Cut(ref, "@")
	tag = "latest"
	if i := strings.LastIndex(ref, ":"); i > strings.LastIndex(ref, "/") {
		ref, tag = ref[:i], ref[i+1:]
	}
	if host, rest, ok := strings.Cut(ref, "/"); ok && (strings.ContainsAny(host, ".:") || host == "localhost") {
		ref = rest
	}
	return strings.TrimPrefix(ref, "library/"), tag
}

// canonical is a reference in one spelling.
func canonical(ref string) string {
	repository, tag := split(ref)
	return repository + ":" + tag
}
