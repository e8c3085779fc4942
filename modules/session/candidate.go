package session

import (
	"context"
	"fmt"

	"k8s.io/client-go/kubernetes"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/metrics/envoy"
	"github.com/headgate-ci/headgate/modules/traffic"
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
	opts := workload.Options{
		Namespace: s.namespace(), Name: spec.Target.Name, Release: s.name(), Images: images, Manifests: objects,
		Labels: editOf(s.split.CandidateLabels()), Timeout: spec.Timeouts.Ready.Duration,
	}
	if spec.Strategy.Beside() {
		edit := editOf(s.split.BaselineLabels())
		opts.Baseline = &edit
	}
	if spec.Candidate.Replicas != nil {
		opts.Replicas = *spec.Candidate.Replicas
	}
	s.work = opts
	return workload.Open(ctx, clients, opts)
}

// editOf is what Pods get beside stable's labels and annotations.
func editOf(l traffic.Labels) workload.LabelEdit {
	key, value := envoy.StatsAnnotation()
	return workload.LabelEdit{Set: l.Set, Remove: l.Remove, Annotate: map[string]string{key: value}}
}

// clients write through the guard, and read logs beside it.
func (s *Session) clients() (workload.Clients, error) {
	typed, err := kubernetes.NewForConfig(s.cluster.Config)
	if err != nil {
		return workload.Clients{}, fmt.Errorf("make a client for %s: %w", s.cluster.Config.Host, err)
	}
	return workload.Clients{Dynamic: s.writer, Logs: workload.LogsFrom(typed)}, nil
}
