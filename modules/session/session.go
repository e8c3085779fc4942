// Package session makes a Rollout of a Release on a live cluster: it finds the
// objects, checks beforehand what could go wrong, and hands the parts to the
// engine. It also takes up what another process left.
package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/envoy"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/rollout/witness"
	"github.com/headgate-ci/headgate/modules/session/selectors"
	"github.com/headgate-ci/headgate/modules/traffic"
	"github.com/headgate-ci/headgate/modules/workload"
)

// Session is a Release together with what it found in the cluster.
type Session struct {
	cluster *cluster.Cluster
	// writer is the only client that writes; guard stands before it.
	writer    dynamic.Interface
	guard     *journal.Guard
	release   *release.Release
	service   *service
	split     traffic.Split
	work      workload.Options
	candidate *workload.Candidate
	gates     []gate.Gate
	source    *metrics.Choice
	proxies   rollout.Proxies
	inbound   witness.Receiver // nil where proxies cannot be asked
	likewise  *envoy.Inbound   // stable's own proxies
	subject   metrics.Subject
	pods      string // selects stable's Pods
	bypassed  rollout.Bypassed
	steps     []rollout.StepSpec
	settings  rollout.Settings
	auto      string // how the steps were picked, where the Release leaves it open
	record    *journal.Record
	pod       Pod
	last      *rollout.State // that has ended and is on record; nil for none
	warnings  []string
	unseen    bool // there are ways to the candidate that callers' proxies do not count
}

// newSession is a Session that has found nothing yet.
func newSession(c *cluster.Cluster, rel *release.Release) (*Session, error) {
	s := &Session{cluster: c, release: rel}
	var err error
	s.writer, s.guard, err = guarded(c)
	return s, err
}

// Open finds everything that the Release needs. It writes nothing.
func Open(ctx context.Context, c *cluster.Cluster, rel *release.Release) (*Session, error) {
	return OpenPod(ctx, c, rel, Pod{})
}

func (s *Session) open(ctx context.Context) (err error) {
	s.warnings, s.last = nil, nil // of an earlier try
	if s.steps, s.settings, err = Steps(s.release); err != nil && !errors.Is(err, errAuto) {
		return err
	}
	if s.gates, err = gatesOf(s.release); err != nil {
		return err
	}
	// An unfinished Rollout explains what would look odd below.
	if s.record, err = s.freshRecord(ctx); err != nil {
		return s.cluster.Reachable(s.allMissing(ctx, err))
	}
	return s.cluster.Reachable(s.allMissing(ctx, s.find(ctx)))
}

// find looks the objects up: the Deployment's Service, the routes to it, and
// what the candidate will be made of.
func (s *Session) find(ctx context.Context) error {
	stable, err := readDeployment(ctx, s.cluster.Dynamic, s.namespace(), s.release.Spec.Target.Name)
	if err != nil {
		return err
	}
	if err := s.findTarget(ctx, s.cluster.Dynamic, stable); err != nil {
		return err
	}
	if s.split, err = s.findRoutes(ctx, stable); err != nil {
		return err
	}
	s.warnings = append(s.warnings, s.split.Warnings()...)
	if s.candidate, err = s.openCandidate(ctx); err != nil {
		return err
	}
	s.warnings = append(s.warnings, s.candidate.Plan().Warnings...)
	if err := s.warnOthers(ctx, stable); err != nil {
		return err
	}
	return s.measure(ctx, stable)
}

// warnOthers tells of callers that come to the same Pods by another Service.
func (s *Session) warnOthers(ctx context.Context, stable *appsv1.Deployment) error {
	all, err := selectors.List(ctx, s.cluster.Dynamic, s.namespace())
	if err != nil {
		return err
	}
	template := stable.Spec.Template
	pods := selectors.Pods{Stable: template.Labels, Candidate: s.candidate.PodLabels(), Containers: template.Spec.Containers}
	told, lead := selectors.Others(all, s.service.object, pods)
	s.warnings, s.unseen = append(s.warnings, told...), lead || s.split.Mirrored()
	return nil
}

func (s *Session) namespace() string { return s.release.Metadata.Namespace }
func (s *Session) name() string      { return s.release.Metadata.Name }

// identity says who drives, for the Lease and for people: a name (the user's
// when it is empty), the host and a random part that tells two processes of one
// host apart.
func identity(name string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown-host"
	}
	if u, err := user.Current(); err == nil && name == "" {
		name = u.Username
	}
	if name == "" {
		name = "someone"
	}
	return fmt.Sprintf("%s@%s/%s", name, host, randomID())
}

func randomID() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails, see its documentation
	return hex.EncodeToString(b)
}
