package manifest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// ConflictError says which fields of an object belong to others.
type ConflictError struct {
	Object string
	Fields []OwnedField
}

// OwnedField is a field and who owns it.
type OwnedField struct{ Field, Manager string }

func (e *ConflictError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: others own what the manifest wants to change:", e.Object)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "\n  %s belongs to %q%s", f.Field, f.Manager, knownAs(f.Manager))
	}
	b.WriteString("\nleave these fields out of the manifest, or take them over with --force-conflicts")
	return b.String()
}

// knownAs says who usually goes by a manager's name.
func knownAs(manager string) string {
	switch manager {
	case "kube-controller-manager":
		return " (an autoscaler or another controller)"
	case "kubectl-client-side-apply":
		return " (kubectl apply without --server-side)"
	case "kubectl-edit", "kubectl-patch", "kubectl-set", "kubectl-scale", "kubectl-label", "kubectl-annotate":
		return " (a person with kubectl)"
	case "argocd-controller", "kustomize-controller", "helm":
		return " (another deployment tool)"
	}
	return ""
}

// owner finds the manager's name in the API server's words.
var owner = regexp.MustCompile(`conflict with "([^"]*)"`)

// explain makes errors of an apply say what to do.
func explain(obj *unstructured.Unstructured, err error) error {
	if c := conflictOf(obj, err); c != nil {
		return c
	}
	switch {
	case apierrors.IsForbidden(err):
		return fmt.Errorf("apply %s: %w; `headgate rbac --deploy` prints a Role for it", Describe(obj), err)
	case apierrors.IsNotFound(err) && obj.GetNamespace() != "":
		return fmt.Errorf("apply %s: %w; have the namespace created with --create-namespace or --inject", Describe(obj), err)
	}
	return fmt.Errorf("apply %s: %w", Describe(obj), err)
}

func conflictOf(obj *unstructured.Unstructured, err error) *ConflictError {
	var status apierrors.APIStatus
	if !apierrors.IsConflict(err) || !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	out := &ConflictError{Object: Describe(obj)}
	for _, cause := range status.Status().Details.Causes {
		if cause.Type != metav1.CauseTypeFieldManagerConflict {
			continue
		}
		name := cause.Message
		if m := owner.FindStringSubmatch(cause.Message); m != nil {
			name = m[1]
		}
		out.Fields = append(out.Fields, OwnedField{Field: cause.Field, Manager: name})
	}
	if len(out.Fields) == 0 {
		return nil
	}
	return out
}
