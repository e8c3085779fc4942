package incluster

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

const fieldManager = "headgate"

var resources = map[string]schema.GroupVersionResource{
	"Job":            {Group: "batch", Version: "v1", Resource: "jobs"},
	"ServiceAccount": {Version: "v1", Resource: "serviceaccounts"},
	"Role":           {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"},
	"RoleBinding":    {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"},
	"ConfigMap":      {Version: "v1", Resource: "configmaps"},
	"Secret":         {Version: "v1", Resource: "secrets"},
	"Pod":            {Version: "v1", Resource: "pods"},
}

// Job is one in the cluster.
type Job struct {
	client    dynamic.Interface
	Namespace string
	Name      string
	UID       types.UID
}

// Start creates the Job, what it needs as its own, and lets it go. What fails
// half-way is taken away again.
func Start(ctx context.Context, client dynamic.Interface, s Spec) (*Job, error) {
	name := s.newName()
	made, err := create(ctx, client, s.Namespace, s.job(name))
	if err != nil {
		return nil, err
	}
	j := &Job{client: client, Namespace: s.Namespace, Name: name, UID: made.GetUID()}
	if err := j.equip(ctx, s); err != nil {
		_ = j.Remove(context.WithoutCancel(ctx)) // the first error says more
		return nil, err
	}
	return j, nil
}

// equip makes what the Job needs, which goes with it, and ends its suspension.
func (j *Job) equip(ctx context.Context, s Spec) error {
	yes := true
	meta := metav1.ObjectMeta{Name: j.Name, Namespace: j.Namespace, Labels: s.labels(), OwnerReferences: []metav1.OwnerReference{
		{APIVersion: "batch/v1", Kind: "Job", Name: j.Name, UID: j.UID, Controller: &yes},
	}}
	parts := s.account(meta)
	if bundle := s.bundle(meta); bundle != nil {
		parts = append(parts, bundle)
	}
	for _, part := range parts {
		if _, err := create(ctx, j.client, j.Namespace, part); err != nil {
			return err
		}
	}
	_, err := j.jobs().Patch(ctx, j.Name, types.MergePatchType, []byte(`{"spec":{"suspend":false}}`), metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil {
		return fmt.Errorf("start Job %s/%s: %w", j.Namespace, j.Name, err)
	}
	return nil
}

func create(ctx context.Context, client dynamic.Interface, namespace string, obj runtime.Object, dryRun ...string) (*unstructured.Unstructured, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, fmt.Errorf("encode the Job's objects: %w", err)
	}
	u := &unstructured.Unstructured{Object: m}
	made, err := client.Resource(resources[u.GetKind()]).Namespace(namespace).Create(ctx, u, metav1.CreateOptions{FieldManager: fieldManager, DryRun: dryRun})
	if err != nil {
		return nil, fmt.Errorf("create %s %s/%s: %w", u.GetKind(), namespace, u.GetName(), err)
	}
	return made, nil
}

func (j *Job) jobs() dynamic.ResourceInterface {
	return j.client.Resource(resources["Job"]).Namespace(j.Namespace)
}

// read is the Job as it is now.
func (j *Job) read(ctx context.Context) (*batchv1.Job, error) {
	obj, err := j.jobs().Get(ctx, j.Name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read Job %s/%s: %w", j.Namespace, j.Name, err)
	}
	return decode(obj)
}

func decode(obj *unstructured.Unstructured) (*batchv1.Job, error) {
	job := &batchv1.Job{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, job); err != nil {
		return nil, fmt.Errorf("decode Job %s/%s: %w", obj.GetNamespace(), obj.GetName(), err)
	}
	return job, nil
}

// Check asks the API server to make the Job and its account without keeping
// them: quotas, policies and missing rights are told before anything is begun.
func Check(ctx context.Context, client dynamic.Interface, s Spec) error {
	name := s.newName()
	meta := metav1.ObjectMeta{Name: name, Namespace: s.Namespace, Labels: s.labels()}
	objects := []runtime.Object{s.job(name)}
	for _, o := range s.account(meta) {
		if _, binding := o.(*rbacv1.RoleBinding); !binding { // its Role is not there to be bound
			objects = append(objects, o)
		}
	}
	for _, o := range objects {
		if _, err := create(ctx, client, s.Namespace, o, metav1.DryRunAll); err != nil {
			return err
		}
	}
	return s.checkAccount(ctx, client)
}

// checkAccount sees that a ServiceAccount of the user's is there, as far as that
// may be asked.
func (s Spec) checkAccount(ctx context.Context, client dynamic.Interface) error {
	if s.Account == "" {
		return nil
	}
	_, err := client.Resource(resources["ServiceAccount"]).Namespace(s.Namespace).Get(ctx, s.Account, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("ServiceAccount %s/%s does not exist; create it (`headgate rbac -n %[1]s` prints one with the rights of a rollout), or name another", s.Namespace, s.Account)
	}
	if apierrors.IsForbidden(err) {
		return nil
	}
	return err
}
