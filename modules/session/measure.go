package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/envoy"
	"github.com/headgate-ci/headgate/modules/metrics/prometheus"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/rollout/witness"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// measure picks the sources and says how the versions are told apart.
func (s *Session) measure(ctx context.Context, stable *appsv1.Deployment) error {
	own, err := s.sources(ctx)
	if err != nil {
		return err
	}
	ways := s.split.Ways()
	s.subject = metrics.Subject{
		Namespace: s.namespace(), Service: s.service.name, Hosts: []string{s.service.host},
		Stable:    sideOf(stable.Name, ways.Stable),
		Candidate: sideOf(s.candidate.Name(), ways.Candidate),
	}
	s.subject.Stable.Version = stable.Spec.Template.Labels["version"]
	carries := s.split.Carries()
	s.subject.Connections = carries.Requests == 0 && carries.Connections > 0
	if name := s.candidate.BaselineName(); name != "" {
		s.subject.Baseline = sideOf(name, ways.Baseline)
	}
	s.proxies = proxies{source: own, subject: s.subject}
	s.inbound = received{own.Inbound(s.namespace(), s.candidate.Selector())}
	s.pods = metav1.FormatLabelSelector(stable.Spec.Selector)
	s.likewise = own.Inbound(s.namespace(), s.pods)
	return nil
}

// seconded says whether the candidate's own proxies will be asked beside the
// callers'. It has none yet, but stable's are of the same making.
func (s *Session) seconded(ctx context.Context) string {
	if err := s.likewise.Silent(ctx); err != nil {
		return fmt.Sprintf("what callers' proxies say they sent is believed alone, for what the candidate receives cannot be read: %v", err)
	}
	return "what callers' proxies say they sent is held against what the candidate's own proxies received"
}

// sideOf is a version by its workload and by how requests reach it: through one
// Service, and through subsets of it or none.
func sideOf(workload string, ways []traffic.Way) metrics.Side {
	side := metrics.Side{Workload: workload}
	for _, w := range ways {
		side.Host = w.Host
		if w.Subset != "" {
			side.Subsets = append(side.Subsets, w.Subset)
		}
	}
	return side
}

// sources makes those that the Release allows, and the proxies' own in any case.
func (s *Session) sources(ctx context.Context) (*envoy.Source, error) {
	callers, err := s.callers(ctx)
	if err != nil {
		return nil, err
	}
	codes, grpc := failures(s.release.Spec.Gates)
	own, err := envoy.New(envoy.Options{Cluster: s.cluster.Config, Callers: callers, Codes: codes, GRPCCodes: grpc})
	if err != nil {
		return nil, err
	}
	s.source, err = sourceOf(s.cluster, s.release.Spec, own)
	return own, err
}

// proxies asks the callers' proxies what they know.
type proxies struct {
	source  *envoy.Source
	subject metrics.Subject
}

func (p proxies) Configs(ctx context.Context) (map[string]rollout.ProxyConfig, error) {
	found, err := p.source.Clusters(ctx, p.subject)
	if err != nil {
		return nil, err
	}
	out := make(map[string]rollout.ProxyConfig, len(found))
	for name, c := range found {
		out[name] = rollout.ProxyConfig(c)
	}
	return out, nil
}

// Active is how many requests a version is answering now.
func (p proxies) Active(ctx context.Context, version rollout.Version) (uint64, bool) {
	sides := map[rollout.Version]metrics.Side{rollout.Stable: p.subject.Stable, rollout.Candidate: p.subject.Candidate, rollout.Baseline: p.subject.Baseline}
	side := sides[version]
	n, known, err := p.source.Active(ctx, p.subject, side)
	return n, known && err == nil
}

// received asks the candidate's own proxies.
type received struct{ *envoy.Inbound }

func (r received) Received(ctx context.Context) witness.Receipt {
	total, pods, known := r.Inbound.Received(ctx)
	return witness.Receipt{Requests: total, Pods: pods, Known: known}
}

// gatewayNamespaces are where Istio's guides put ingress gateways.
var gatewayNamespaces = []string{"istio-system", "istio-ingress"}

// callers are whose proxies may be read: everybody's, or where the caller has
// no right to list the whole cluster's Pods, those of the namespace and of the
// usual gateways that it may list.
func (s *Session) callers(ctx context.Context) ([]envoy.Selector, error) {
	list := cluster.Access{Verb: "list", Resource: "pods"}
	all, err := s.cluster.May(ctx, list)
	if err != nil || all {
		return nil, err
	}
	var out []envoy.Selector
	for _, ns := range append([]string{s.namespace()}, gatewayNamespaces...) {
		list.Namespace = ns
		ok, err := s.cluster.May(ctx, list)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, envoy.Selector{Namespace: ns})
		}
	}
	if warning := gatewaysUnread(out, s.namespace(), s.release.Spec.Metrics); warning != "" {
		s.warnings = append(s.warnings, warning)
	}
	return out, nil
}

// gatewaysUnread says that nobody will count what comes through a gateway: a user
// whose traffic does would be told to send some.
func gatewaysUnread(readable []envoy.Selector, namespace string, m release.Metrics) string {
	elsewhere := slices.ContainsFunc(readable, func(s envoy.Selector) bool { return s.Namespace != namespace })
	if elsewhere || m.Prometheus != nil {
		return ""
	}
	return fmt.Sprintf("not permitted: list pods in namespace %s; without it Headgate cannot see what gateways send (`headgate rbac -n %s` prints a Role for the gateway's namespace; or set spec.metrics.prometheus)",
		strings.Join(gatewayNamespaces, " or "), namespace)
}

// sourceOf builds the sources that the Release allows, best first. The
// proxies' own counters are seconds old at most, so they come first.
func sourceOf(c *cluster.Cluster, spec release.Spec, own *envoy.Source) (*metrics.Choice, error) {
	m := spec.Metrics
	var sources []metrics.Source
	if m.Source != release.SourcePrometheus {
		sources = append(sources, own)
	}
	if m.Source != release.SourceEnvoy && m.Prometheus != nil {
		opts := prometheusOptions(c, m.Prometheus)
		opts.Codes, opts.GRPCCodes = failures(spec.Gates)
		prom, err := prometheus.New(opts)
		if err != nil {
			return nil, err
		}
		sources = append(sources, prom)
	}
	if len(sources) == 0 {
		return nil, errors.New("metrics.source is prometheus, but metrics.prometheus says not where it is; set its url or service")
	}
	return metrics.Auto(sources...), nil
}

func prometheusOptions(c *cluster.Cluster, p *release.Prometheus) prometheus.Options {
	l := p.Labels
	return prometheus.Options{
		URL: p.URL, Service: p.Service, Cluster: c.Config, Reporter: string(p.Reporter),
		Names: prometheus.Names{Requests: p.Names.Requests, Latency: p.Names.Latency, Unit: p.Names.Unit.Duration},
		Labels: prometheus.Labels{
			Host: l.Host, Subset: l.Subset, Workload: l.Workload, Namespace: l.Namespace, Version: l.Version,
			Code: l.Code, Flags: l.Flags, GRPC: l.GRPC, Reporter: l.Reporter,
		},
		Match: p.Match, HeadersFrom: p.HeadersFrom, UserFrom: p.UserFrom, PasswordFrom: p.PasswordFrom,
		CAFile: p.CAFile, Timeout: p.Timeout.Duration,
	}
}

// queries are the gates' free queries.
func (s *Session) queries() map[string]string {
	all := map[string]string{}
	for _, g := range s.gates {
		for name, q := range g.Queries() {
			all[name] = q
		}
	}
	return all
}

// checkSource asks whether metrics can be read. A service without traffic is
// no error: the gates will say that they have no Evidence.
func (s *Session) checkSource(ctx context.Context) (warning string, err error) {
	err = s.source.Check(ctx, s.subject)
	var none *metrics.NoSeriesError
	if errors.As(err, &none) && s.subject.Connections && len(s.gates) > 0 {
		return "", uncounted(s.service.host, err)
	}
	if errors.As(err, &none) {
		return "no traffic measured yet: " + err.Error(), nil
	}
	return "", err
}

// checkQueries sees that a source answers the gates' queries. It may be another
// than the first that has counts, and is then the one that is read.
func (s *Session) checkQueries(ctx context.Context) error {
	queries := s.queries()
	if len(queries) == 0 {
		return nil
	}
	reader, err := s.source.Open(ctx, s.subject, queries)
	if err != nil {
		return err
	}
	return reader.Close()
}
