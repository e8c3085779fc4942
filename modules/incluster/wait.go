package incluster

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// pace is the pause between two looks at a Job.
const pace = 200 * time.Millisecond

// WaitReady waits until the Job does its duty. Its error says what keeps it from
// doing so.
func (j *Job) WaitReady(ctx context.Context, within time.Duration) error {
	deadline := time.Now().Add(within)
	for {
		st, err := j.Status(ctx)
		switch {
		case err != nil:
			return err
		case st.Ready:
			return nil
		case st.Ended:
			return fmt.Errorf("job %s/%s ended at once: %s", j.Namespace, j.Name, orElse(st.Trouble, "see its Pod's log"))
		case st.Hopeless, time.Now().After(deadline):
			return fmt.Errorf("job %s/%s is not ready: %s", j.Namespace, j.Name, orElse(st.Trouble, fmt.Sprintf("not after %s; see `kubectl logs job/%s -n %s`", within, j.Name, j.Namespace)))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pace):
		}
	}
}

// Status is where a Job stands.
type Status struct {
	// Running says that its container runs, Ready that it does its duty.
	Running, Ready bool
	// Ended says that no Pod will be started any more.
	Ended bool
	// Code is the newest Pod's exit code, nil while there is none.
	Code *int32
	// Trouble says why no container runs, or what its last words were.
	Trouble string
	// Hopeless says that waiting alone will not help.
	Hopeless bool
	// Pod is the newest one's name.
	Pod string
}

// Status reads the Job and its newest Pod.
func (j *Job) Status(ctx context.Context) (Status, error) {
	job, err := j.read(ctx)
	if err != nil {
		return Status{}, err
	}
	st := Status{Ended: ended(job)}
	pod, err := j.newest(ctx)
	if err != nil || pod == nil {
		return st, err
	}
	st.Pod = pod.Name
	if st.Trouble = unscheduled(pod); len(pod.Status.ContainerStatuses) == 0 {
		return st, nil
	}
	st.Ready = pod.Status.ContainerStatuses[0].Ready
	st.add(pod.Status.ContainerStatuses[0])
	return st, nil
}

// add takes the container's state into account.
func (st *Status) add(c corev1.ContainerStatus) {
	switch s := c.State; {
	case s.Running != nil:
		st.Running = true
	case s.Terminated != nil:
		code := s.Terminated.ExitCode
		st.Code, st.Trouble = &code, strings.TrimSpace(s.Terminated.Message)
	case s.Waiting != nil && s.Waiting.Message != "":
		st.Trouble, st.Hopeless = s.Waiting.Reason+": "+s.Waiting.Message, hopeless[s.Waiting.Reason]
		if last := c.LastTerminationState.Terminated; last != nil && last.Message != "" {
			st.Trouble += ": " + strings.TrimSpace(last.Message)
		}
	}
}

// hopeless are reasons for waiting that somebody must do something about.
var hopeless = map[string]bool{"ImagePullBackOff": true, "InvalidImageName": true, "CreateContainerConfigError": true, "ErrImageNeverPull": true, "CrashLoopBackOff": true}

func (j *Job) newest(ctx context.Context) (*corev1.Pod, error) {
	list, err := j.client.Resource(resources["Pod"]).Namespace(j.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "batch.kubernetes.io/job-name=" + j.Name})
	if err != nil {
		return nil, fmt.Errorf("list the Pods of Job %s/%s: %w", j.Namespace, j.Name, err)
	}
	var newest *corev1.Pod
	for i := range list.Items {
		pod := &corev1.Pod{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, pod); err != nil {
			return nil, fmt.Errorf("decode Pod %s/%s: %w", j.Namespace, list.Items[i].GetName(), err)
		}
		if newest == nil || newest.CreationTimestamp.Before(&pod.CreationTimestamp) {
			newest = pod
		}
	}
	return newest, nil
}

// unscheduled is why no node takes a Pod; empty when one does.
func unscheduled(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return c.Reason + ": " + c.Message
		}
	}
	return ""
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
