package session

import (
	"context"
	"fmt"

	"k8s.io/client-go/kubernetes"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/metrics/envoy"
	"github.com/headgate-ci/headgate/modules/workload"
)

func (s *Session) openCandidate(ctx context.Context) (*workload.Candidate, error) {
	clients, err := s.clients()
	if err != nil {
		return nil, err
	}
	spec := s.release.Spec
	objects, err := manifest.Load(spec.Candidate.Manifests...)
	if err != nil {
		return nil, err
	}
	images := spec.Candidate.Images
	if spec.Candidate.Image != "" {
		images = map[string]string{"": spec.Candidate.Image}
	}
	edit := s.split.CandidateLabels()
	key, value := envoy.StatsAnnotation()
	opts := workload.Options{
		Namespace: s.namespace(), Name: spec.Target.Name, Release: s.name(), Images: images, Manifests: objects,
		Labels: workload.LabelEdit{Set: edit.Set, Remove: edit.Remove, Annotate: map[string]string{key: value}}, Timeout: spec.Timeouts.Ready.Duration,
	}
	if spec.Candidate.Replicas != nil {
		opts.Replicas = *spec.Candidate.Replicas
	}
	s.work = opts
	return workload.Open(ctx, clients, opts)
}

// clients write through the guard, and read logs beside it.
func (s *Session) clients() (workload.Clients, error) {
	typed, err := kubernetes.NewForConfig(s.cluster.Config)
	if err != nil {
		return workload.Clients{}, fmt.Errorf("make a client for %s: %w", s.cluster.Config.Host, err)
	}
	return workload.Clients{Dynamic: s.writer, Logs: workload.LogsFrom(typed)}, nil
}
