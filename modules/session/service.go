package session

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/release"
)

var (
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	services    = schema.GroupVersionResource{Version: "v1", Resource: "services"}
)

// service is the Service whose traffic is moved.
type service struct {
	name string
	host string // fully qualified
}

func readDeployment(ctx context.Context, client dynamic.Interface, namespace, name string) (*appsv1.Deployment, error) {
	obj, err := client.Resource(deployments).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
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

// findService takes the Service that the Release names, or the only one whose
// selector fits the Deployment's Pods.
func findService(ctx context.Context, client dynamic.Interface, rel *release.Release, stable *appsv1.Deployment) (*service, error) {
	ns := stable.Namespace
	if name := rel.Spec.Service; name != "" {
		_, err := client.Resource(services).Namespace(ns).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("service %s/%s does not exist; correct spec.service (`kubectl get services -n %s`)", ns, name, ns)
		}
		if err != nil {
			return nil, fmt.Errorf("read service %s/%s: %w", ns, name, err)
		}
		return newService(ns, name), nil
	}
	fitting, err := servicesOf(ctx, client, ns, labels.Set(stable.Spec.Template.Labels))
	if err != nil {
		return nil, err
	}
	switch len(fitting) {
	case 0:
		return nil, fmt.Errorf("no Service in namespace %s selects the Pods of deployment %s; create one, or name it in spec.service", ns, stable.Name)
	case 1:
		return newService(ns, fitting[0]), nil
	}
	for _, name := range fitting {
		if name == stable.Name {
			return newService(ns, name), nil
		}
	}
	return nil, fmt.Errorf("several Services select the Pods of deployment %s/%s (%s); name one in spec.service", ns, stable.Name, strings.Join(fitting, ", "))
}

func servicesOf(ctx context.Context, client dynamic.Interface, ns string, pod labels.Set) ([]string, error) {
	list, err := client.Resource(services).Namespace(ns).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the Services in namespace %s: %w", ns, err)
	}
	var fitting []string
	for i := range list.Items {
		svc := &corev1.Service{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, svc); err != nil {
			return nil, fmt.Errorf("decode service %s/%s: %w", ns, list.Items[i].GetName(), err)
		}
		if len(svc.Spec.Selector) > 0 && labels.SelectorFromSet(svc.Spec.Selector).Matches(pod) {
			fitting = append(fitting, svc.Name)
		}
	}
	return fitting, nil
}

func newService(namespace, name string) *service {
	return &service{name: name, host: name + "." + namespace + ".svc.cluster.local"}
}
