package session

import (
	"context"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// servingSince is from when on what is measured is the version that an Exam
// judges: since its Deployment had brought it out. Where that is not known, and
// where it is measured what a work does to the service, it is now.
func (s *Session) servingSince(ctx context.Context, e Exam) time.Time {
	name := s.subject.Stable.Workload
	if e.Compare {
		name = s.subject.Candidate.Workload
	}
	now := time.Now()
	if e.Work != nil {
		return now
	}
	d, err := readDeployment(ctx, s.cluster.Dynamic, s.namespace(), name)
	if err != nil {
		return now
	}
	if at := broughtOut(d); !at.IsZero() {
		return at
	}
	return now
}

// broughtOut is when a Deployment's newest version was whole; zero while it is not.
func broughtOut(d *appsv1.Deployment) time.Time {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionTrue && c.Reason == "NewReplicaSetAvailable" {
			return c.LastUpdateTime.Time
		}
	}
	return time.Time{}
}
