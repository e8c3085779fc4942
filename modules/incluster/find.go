package incluster

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/dynamic"
)

// Find returns a Release's Jobs of one duty, or of any when it is empty, that
// have not ended.
func Find(ctx context.Context, client dynamic.Interface, namespace, release string, d Duty) ([]*Job, error) {
	want := labels.Set{LabelRelease: release}
	if d != "" {
		want[LabelJob] = string(d)
	}
	list, err := client.Resource(resources["Job"]).Namespace(namespace).List(ctx, metav1.ListOptions{LabelSelector: want.String() + "," + LabelJob})
	if err != nil {
		return nil, fmt.Errorf("list the Jobs in namespace %s: %w", namespace, err)
	}
	var out []*Job
	for i := range list.Items {
		job, err := decode(&list.Items[i])
		if err != nil {
			return nil, err
		}
		if ended(job) || job.DeletionTimestamp != nil {
			continue
		}
		out = append(out, &Job{client: client, Namespace: namespace, Name: job.Name, UID: job.UID})
	}
	return out, nil
}

// ended says that no Pod will be started for the Job any more.
func ended(job *batchv1.Job) bool {
	for _, c := range job.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}

// Remove takes the Job away, and with it all it owns. One that is gone, or was
// replaced by another of its name, is left alone.
func (j *Job) Remove(ctx context.Context) error {
	background := metav1.DeletePropagationBackground
	err := j.jobs().Delete(ctx, j.Name, metav1.DeleteOptions{PropagationPolicy: &background, Preconditions: &metav1.Preconditions{UID: &j.UID}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("remove Job %s/%s: %w", j.Namespace, j.Name, err)
	}
	return nil
}
