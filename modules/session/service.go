package session

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/session/selectors"
)

var (
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	services    = schema.GroupVersionResource{Version: "v1", Resource: "services"}
)

// service is the Service whose traffic is moved.
type service struct {
	name   string
	host   string // fully qualified
	object *corev1.Service
}

func readDeployment(ctx context.Context, client dynamic.Interface, namespace, name string) (*appsv1.Deployment, error) {
	obj, err := client.Resource(deployments).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		if kind := otherKind(ctx, client, namespace, name); kind != "" {
			return nil, fmt.Errorf("%s/%s is a %s, and Headgate rolls out Deployments: a candidate stands beside stable, with Pods of its own, which a %[3]s does not allow", namespace, name, kind)
		}
		return nil, fmt.Errorf("deployment %s/%s does not exist; name the one that serves now in spec.target, or check the namespace (`kubectl get deployments -n %s`)", namespace, name, namespace)
	}
	if err != nil {
		return nil, fmt.Errorf("read deployment %s/%s: %w", namespace, name, err)
	}
	d := &appsv1.Deployment{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, d); err != nil {
		return nil, fmt.Errorf("decode deployment %s/%s: %w", namespace, name, err)
	}
	return d, nil
}

// otherKind is the kind of another workload of a name; empty where there is none,
// or none may be read.
func otherKind(ctx context.Context, client dynamic.Interface, namespace, name string) string {
	for kind, resource := range map[string]string{"StatefulSet": "statefulsets", "DaemonSet": "daemonsets"} {
		if _, err := client.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: resource}).Namespace(namespace).Get(ctx, name, metav1.GetOptions{}); err == nil {
			return kind
		}
	}
	return ""
}

// findService takes the Service that the Release names, or the only one whose
// selector fits the Deployment's Pods.
func findService(ctx context.Context, client dynamic.Interface, rel *release.Release, stable *appsv1.Deployment) (*service, error) {
	if name := rel.Spec.Service; name != "" {
		return namedService(ctx, client, stable.Namespace, name)
	}
	all, err := selectors.List(ctx, client, stable.Namespace)
	if err != nil {
		return nil, err
	}
	fitting := all.Of(stable.Spec.Template.Labels)
	switch len(fitting) {
	case 0:
		return nil, fmt.Errorf("no Service in namespace %s selects the Pods of deployment %s; create one, or name it in spec.service", stable.Namespace, stable.Name)
	case 1:
		return serviceOf(fitting[0]), nil
	}
	for _, svc := range fitting {
		if svc.Name == stable.Name {
			return serviceOf(svc), nil
		}
	}
	return nil, fmt.Errorf("several Services select the Pods of deployment %s/%s (%s); name one in spec.service", stable.Namespace, stable.Name, fitting)
}

func namedService(ctx context.Context, client dynamic.Interface, ns, name string) (*service, error) {
	obj, err := client.Resource(services).Namespace(ns).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("service %s/%s does not exist; correct spec.service (`kubectl get services -n %s`)", ns, name, ns)
	}
	if err != nil {
		return nil, fmt.Errorf("read service %s/%s: %w", ns, name, err)
	}
	svc, err := selectors.Decode(obj)
	if err != nil {
		return nil, err
	}
	return serviceOf(svc), nil
}

// findTarget finds the Deployment's Service and sees that it is: the traffic of
// another app is not moved.
func (s *Session) findTarget(ctx context.Context, client dynamic.Interface, stable *appsv1.Deployment) error {
	found, err := findService(ctx, client, s.release, stable)
	if err != nil {
		return err
	}
	if svc := found.object; !selectors.Select(svc, stable.Spec.Template.Labels) {
		return fmt.Errorf("service %s/%s does not select the Pods of deployment %s: it selects %s, and they have %s; correct spec.service, or spec.target if another deployment is meant",
			svc.Namespace, svc.Name, stable.Name, wordsOf(svc.Spec.Selector), wordsOf(stable.Spec.Template.Labels))
	}
	s.service = found
	return nil
}

// wordsOf are labels as a person writes them.
func wordsOf(l labels.Set) string {
	if len(l) == 0 {
		return "nothing"
	}
	return l.String()
}

func serviceOf(svc *corev1.Service) *service {
	return &service{name: svc.Name, host: hostOf(svc.Namespace, svc.Name), object: svc}
}

func hostOf(namespace, name string) string { return name + "." + namespace + ".svc.cluster.local" }
