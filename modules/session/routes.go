package session

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/headgate-ci/headgate/modules/traffic"
	"github.com/headgate-ci/headgate/modules/traffic/istio"
)

func (s *Session) findRoutes(ctx context.Context, stable *appsv1.Deployment) (traffic.Split, error) {
	target := traffic.Target{
		Namespace: s.namespace(), Service: s.service.name, StableLabels: stable.Spec.Template.Labels,
		Subset: s.release.Spec.Candidate.Subset, Baseline: s.release.Spec.Strategy.Beside(),
	}
	for _, r := range s.release.Spec.Routes {
		target.Routes = append(target.Routes, traffic.RouteRef{Namespace: r.Namespace, Name: r.Name, HTTP: r.HTTP})
	}
	split, err := istio.Find(ctx, s.writer, target)
	if err != nil {
		return nil, err // and not a Split that is none
	}
	return split, nil
}
