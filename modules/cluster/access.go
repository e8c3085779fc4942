package cluster

import (
	"context"
	"fmt"
	"strings"
	"sync"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Access is one thing that the caller must be allowed to do.
type Access struct {
	Verb        string
	Group       string
	Resource    string // with a slash before a subresource
	Namespace   string
	Name        string // empty: any
	Because     string // what it is needed for
	Unnecessary bool   // true: its lack is a warning only
}

func (a Access) String() string {
	res := a.Resource
	if a.Group != "" {
		res += "." + a.Group
	}
	return fmt.Sprintf("%s %s in namespace %s", a.Verb, res, a.Namespace)
}

// AccessError lists what the caller lacks.
type AccessError struct{ Missing []Access }

func (e *AccessError) Error() string {
	lines := make([]string, 0, len(e.Missing)+1)
	lines = append(lines, "not permitted:")
	for _, a := range e.Missing {
		lines = append(lines, fmt.Sprintf("  %s (needed to %s)", a, a.Because))
	}
	lines = append(lines, fmt.Sprintf("grant it with the Roles that `headgate rbac -n %s` prints, or use another kubeconfig", e.Missing[0].Namespace))
	return strings.Join(lines, "\n")
}

var accessReviews = schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "selfsubjectaccessreviews"}

// Check asks the API server for each Access (SelfSubjectAccessReview, a few at
// a time). The error is an *AccessError when something needed is denied;
// lacking is what is denied but not needed.
func (c *Cluster) Check(ctx context.Context, wanted []Access) (lacking []Access, err error) {
	allowed := make([]bool, len(wanted))
	errs := make([]error, len(wanted))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for i, a := range wanted {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			allowed[i], errs[i] = c.May(ctx, a)
		})
	}
	wg.Wait()
	denied := &AccessError{}
	for i, a := range wanted {
		switch {
		case errs[i] != nil:
			return nil, c.Reachable(fmt.Errorf("ask whether you may %s: %w", a, errs[i]))
		case allowed[i]:
		case a.Unnecessary:
			lacking = append(lacking, a)
		default:
			denied.Missing = append(denied.Missing, a)
		}
	}
	if len(denied.Missing) > 0 {
		return lacking, denied
	}
	return lacking, nil
}

// May asks the API server about one Access; an empty namespace means all.
func (c *Cluster) May(ctx context.Context, a Access) (bool, error) {
	resource, sub, _ := strings.Cut(a.Resource, "/")
	review := &authorizationv1.SelfSubjectAccessReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"},
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: a.Namespace, Verb: a.Verb, Group: a.Group, Resource: resource, Subresource: sub, Name: a.Name,
		}},
	}
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(review)
	if err != nil {
		return false, err
	}
	obj, err := c.Dynamic.Resource(accessReviews).Create(ctx, &unstructured.Unstructured{Object: m}, metav1.CreateOptions{})
	if err != nil {
		return false, err
	}
	ok, _, err := unstructured.NestedBool(obj.Object, "status", "allowed")
	return ok, err
}
