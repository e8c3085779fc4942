package session

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session/selectors"
	"github.com/headgate-ci/headgate/modules/traffic/istio"
	"github.com/headgate-ci/headgate/modules/workload"
)

// Exam puts a Release's gates to what serves now. It moves and writes nothing.
type Exam struct {
	// Compare asks about two versions: the Release's target, and Candidate beside
	// it, which is the target's name with -canary where it is empty. Without it,
	// all that the service answers is looked at.
	Compare   bool
	Candidate string
	// For is how long the gates may take to decide.
	For time.Duration
	// Interval lies between two looks.
	Interval time.Duration
	// Work, where there is any, takes the place of For: it is measured what the
	// service does meanwhile. Both must be well.
	Work    *Work
	Observe func(rollout.Event)
}

// Work is something to be done while the service is measured.
type Work struct {
	Name string
	// Do says whether it went well, and in a few words how it ended. The error
	// is for what could not be begun.
	Do func(context.Context) (ok bool, detail string, err error)
}

// Examine measures until the gates have decided, or the time is over, or the
// work is done.
func Examine(ctx context.Context, c *cluster.Cluster, rel *release.Release, e Exam) (*report.Result, error) {
	s := &Session{cluster: c, release: rel}
	from, to, err := s.openExam(ctx, e)
	if err != nil {
		return nil, c.Reachable(err)
	}
	reader, err := s.source.Open(ctx, s.subject, s.queries())
	if err != nil {
		return nil, c.Reachable(err)
	}
	defer reader.Close() //nolint:errcheck // nothing is written through it
	x := newExaminer(e, reader, s.gates)
	x.since = s.servingSince(ctx, e)
	x.res.Release, x.res.Namespace, x.res.Source, x.res.Warnings = s.name(), s.namespace(), s.source.Name(), s.warnings
	x.res.From, x.res.To = from, to
	for _, w := range s.warnings {
		x.emit(rollout.Event{Kind: rollout.EventWarning, Text: w})
	}
	return x.run(ctx)
}

// openExam finds what is measured, and says which images serve.
func (s *Session) openExam(ctx context.Context, e Exam) (from, to string, err error) {
	if !e.Compare {
		s.alone()
	}
	if c := s.release.Spec.Strategy.Canary; c != nil {
		c.Baseline = false // there is none outside of a rollout
	}
	if s.gates, err = gatesOf(s.release); err != nil {
		return "", "", err
	}
	if len(s.gates) == 0 {
		return "", "", fmt.Errorf("release %s has no gate that can be asked here; give one, such as --max-errors 1%%", s.name())
	}
	stable, err := readDeployment(ctx, s.cluster.Dynamic, s.namespace(), s.release.Spec.Target.Name)
	if err != nil {
		return "", "", err
	}
	if err := s.findTarget(ctx, s.cluster.Dynamic, stable); err != nil {
		return "", "", err
	}
	s.subject = metrics.Subject{
		Namespace: s.namespace(), Service: s.service.name, Hosts: []string{s.service.host},
		Stable:    metrics.Side{Workload: stable.Name, Host: s.service.host, Version: stable.Spec.Template.Labels["version"]},
		Candidate: metrics.Side{Workload: stable.Name + workload.Suffix}, Alone: !e.Compare,
	}
	from = imageOf(stable, s.release)
	if e.Compare {
		if to, err = s.beside(ctx, stable, cmp.Or(e.Candidate, stable.Name+workload.Suffix)); err != nil {
			return "", "", err
		}
	}
	if _, err = s.sources(ctx); err != nil {
		return "", "", err
	}
	warning, err := s.checkSource(ctx)
	if warning != "" {
		s.warnings = append(s.warnings, warning)
	}
	return from, to, err
}

// alone leaves out what compares two versions.
func (s *Session) alone() {
	spec := &s.release.Spec
	gates := make([]release.Gate, 0, len(spec.Gates))
	for _, g := range spec.Gates {
		compared := false
		if g.Errors != nil && g.Errors.Regression != nil {
			errors := *g.Errors
			errors.Regression, g.Errors, compared = nil, &errors, errors.Max == nil
		}
		if g.Latency != nil && g.Latency.Regression != nil {
			latency := *g.Latency
			latency.Regression, g.Latency, compared = nil, &latency, latency.Max == nil
		}
		if compared {
			s.warnings = append(s.warnings, fmt.Sprintf("gate %s only compares two versions, and there is one here: it is not asked", g.Name))
			continue
		}
		gates = append(gates, g)
	}
	spec.Gates = gates
}

// beside tells the two versions apart by what the series may name them.
func (s *Session) beside(ctx context.Context, stable *appsv1.Deployment, name string) (image string, err error) {
	if name == stable.Name {
		return "", fmt.Errorf("deployment %s/%s cannot be compared with itself; name the other one with --candidate", s.namespace(), name)
	}
	other, err := readDeployment(ctx, s.cluster.Dynamic, s.namespace(), name)
	if err != nil {
		return "", fmt.Errorf("the candidate: %w", err)
	}
	these, those := stable.Spec.Template.Labels, other.Spec.Template.Labels
	sub := &s.subject
	sub.Candidate = metrics.Side{Workload: name, Host: s.service.host, Version: those["version"]}
	if sub.Stable.Subsets, err = s.subsetsOf(ctx, these, those); err != nil {
		return "", err
	}
	if sub.Candidate.Subsets, err = s.subsetsOf(ctx, those, these); err != nil {
		return "", err
	}
	own, err := s.together(ctx, stable, other)
	if own != "" {
		sub.Candidate.Host = hostOf(s.namespace(), own)
		sub.Hosts = append(sub.Hosts, sub.Candidate.Host)
	}
	return imageOf(other, s.release), err
}

// subsetsOf are those that fit these Pods and not the others.
func (s *Session) subsetsOf(ctx context.Context, these, others labels.Set) ([]string, error) {
	name, err := istio.SubsetOf(ctx, s.cluster.Dynamic, s.namespace(), s.service.name, these, others)
	if err != nil || name == "" {
		return nil, err
	}
	return []string{name}, nil
}

// together is the Service of the other Deployment's own, where the two do not
// stand behind one; an error where nothing says that they are versions of one
// thing: two apps are not compared.
func (s *Session) together(ctx context.Context, stable, other *appsv1.Deployment) (own string, err error) {
	all, err := selectors.List(ctx, s.cluster.Dynamic, s.namespace())
	if err != nil {
		return "", err
	}
	shared := all.Of(stable.Spec.Template.Labels)
	apart := all.Of(other.Spec.Template.Labels).Without(shared.Names()...).Names()
	if selectors.Select(s.service.object, other.Spec.Template.Labels) {
		return strings.Join(apart[:min(1, len(apart))], ""), nil
	}
	for _, own := range apart {
		joined, err := istio.Joined(ctx, s.cluster.Dynamic, s.namespace(), s.service.name, own)
		if err != nil || joined {
			return own, err
		}
	}
	return "", fmt.Errorf("deployment %s/%s is no version of service %s: the service selects %s, its Pods have %s, and no VirtualService or HTTPRoute sends to a service of its own as well; name the other version with --candidate",
		s.namespace(), other.Name, s.service.name, wordsOf(s.service.object.Spec.Selector), wordsOf(other.Spec.Template.Labels))
}

// imageOf is the image of the app's container.
func imageOf(d *appsv1.Deployment, rel *release.Release) string {
	all := d.Spec.Template.Spec.Containers
	if len(all) == 0 {
		return ""
	}
	app := d.Spec.Template.Annotations["kubectl.kubernetes.io/default-container"]
	for _, want := range []string{app, rel.Spec.Target.Name} {
		for _, c := range all {
			if c.Name == want {
				return c.Image
			}
		}
	}
	return all[0].Image
}
