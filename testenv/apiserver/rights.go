package apiserver

import (
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// WaitForRights returns when the API server's authorizer knows that a Role was
// bound to a user, which it learns a moment after both were made.
func WaitForRights(t testing.TB, kube kubernetes.Interface, user string, role *rbacv1.Role) {
	t.Helper()
	last := role.Rules[len(role.Rules)-1]
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: role.Namespace, Group: last.APIGroups[0], Resource: last.Resources[0], Verb: last.Verbs[0],
		},
	}}
	for range 1200 {
		got, err := kube.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), review, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Status.Allowed {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("Role %s gives %s no rights", role.Name, user)
}
