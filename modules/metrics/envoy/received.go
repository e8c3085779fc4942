package envoy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/modules/metrics/counter"
)

// receivedMetric is Envoy's counter of requests that a listener was sent, whatever
// became of them. Those of a sidecar's inbound listeners have this prefix.
const (
	receivedMetric   = "envoy_http_downstream_rq_total"
	receivedFilter   = `downstream_rq_total$`
	listenerLabel    = "http_conn_manager_prefix"
	inboundListener  = "inbound"
	inboundUnmatched = "InboundPassthroughCluster"
)

// Inbound counts what the proxies of some Pods themselves received. It is the
// other witness beside what callers' proxies say that they sent.
type Inbound struct {
	source    *Source
	namespace string
	selector  string

	mu      sync.Mutex
	tracker *counter.Tracker
	total   uint64
}

// Inbound begins to count for the Pods of a selector; what they received before the
// first look is not counted.
func (s *Source) Inbound(namespace, selector string) *Inbound {
	return &Inbound{source: s, namespace: namespace, selector: selector}
}

// Received is what has been received since the first call, and by how many Pods.
// known is false when one of them does not say: its proxy does not answer, serves
// no such counter, or is not what requests come by.
func (i *Inbound) Received(ctx context.Context) (total uint64, pods int, known bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := time.Now()
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	list, err := i.list(ctx)
	if err != nil {
		return i.total, 0, false
	}
	known = true
	var samples []counter.Sample
	for n := range list.Items {
		one, err := i.ask(ctx, &list.Items[n], at)
		samples, known = append(samples, one...), known && err == nil
	}
	i.count(samples, at)
	return i.total, len(list.Items), known
}

// errUncounted: a sidecar answers, but not to what is asked.
var errUncounted = errors.New("its inbound listeners' " + receivedMetric + " is not served")

// Silent says why nothing would be learnt from Pods that are like those there now;
// nil where each of them can be asked, and where there are none. The counter itself
// may be missing: the candidate's Pods are annotated to serve it.
func (i *Inbound) Silent(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	list, err := i.list(ctx)
	if err != nil {
		return fmt.Errorf("the Pods%s cannot be listed: %w", within(i.namespace), err)
	}
	for n := range list.Items {
		if _, err := i.ask(ctx, &list.Items[n], time.Now()); err != nil && !errors.Is(err, errUncounted) {
			return err
		}
	}
	return nil
}

func (i *Inbound) list(ctx context.Context) (*corev1.PodList, error) {
	return i.source.pods.Pods(i.namespace).List(ctx, metav1.ListOptions{LabelSelector: i.selector, FieldSelector: "status.phase=Running"})
}

// count adds up what has grown. All that is there at the first look is old, all
// that comes later is new.
func (i *Inbound) count(samples []counter.Sample, at time.Time) {
	first := i.tracker == nil
	if first {
		i.tracker = counter.New(at.Add(-time.Nanosecond))
	}
	for _, s := range samples {
		if first {
			i.tracker.Baseline(s)
			continue
		}
		i.total += i.tracker.Observe(s).Growth
	}
}

// ask reads one Pod's inbound listeners; an error says why they cannot be read.
func (i *Inbound) ask(ctx context.Context, pod *corev1.Pod, at time.Time) ([]counter.Sample, error) {
	what := "Pod " + pod.Namespace + "/" + pod.Name
	port, ok := statsPort(pod)
	if !ok {
		return nil, fmt.Errorf("%s has no sidecar that serves statistics", what)
	}
	if annotation := bypass(pod); annotation != "" {
		return nil, fmt.Errorf("requests reach %s beside its sidecar (annotation %s)", what, annotation)
	}
	p := describe(pod, port)
	ctx, cancel := context.WithTimeoutCause(ctx, i.source.opts.Timeout, fmt.Errorf("no answer within %s", i.source.opts.Timeout))
	defer cancel()
	body, err := i.source.pods.Pods(p.namespace).ProxyGet("http", p.name, p.port, "stats/prometheus", map[string]string{"filter": receivedFilter}).Stream(ctx)
	switch {
	case apierrors.IsForbidden(err):
		return nil, fmt.Errorf("not permitted: get pods/proxy in namespace %[1]s (`headgate rbac -n %[1]s` prints the Role)", p.namespace)
	case err != nil:
		return nil, fmt.Errorf("the sidecar of %s cannot be read: %w", what, err)
	}
	defer func() { _ = body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(io.LimitReader(body, i.source.opts.MaxBytes))
	if err != nil {
		return nil, fmt.Errorf("the statistics of %s cannot be read: %w", what, err)
	}
	samples := inbound(families[receivedMetric], string(p.uid), at)
	if len(samples) == 0 {
		return nil, fmt.Errorf("%s: %w", what, errUncounted)
	}
	return samples, nil
}

// inbound are the counters of listeners for what is sent to the Pod.
func inbound(family *dto.MetricFamily, pod string, at time.Time) []counter.Sample {
	var out []counter.Sample
	for _, m := range family.GetMetric() {
		for _, l := range m.GetLabel() {
			name := l.GetValue()
			if l.GetName() != listenerLabel || !strings.HasPrefix(name, inboundListener) && !strings.HasPrefix(name, inboundUnmatched) {
				continue
			}
			out = append(out, counter.Sample{Series: pod + " " + name, At: at, Value: m.GetCounter().GetValue()})
		}
	}
	return out
}

// bypass is the annotation by which requests may reach a Pod beside its proxy;
// empty without one.
func bypass(pod *corev1.Pod) string {
	const mode, include, exclude = "sidecar.istio.io/interceptionMode", "traffic.sidecar.istio.io/includeInboundPorts", "traffic.sidecar.istio.io/excludeInboundPorts"
	included, some := pod.Annotations[include]
	switch {
	case pod.Annotations[mode] == "NONE":
		return mode
	case some && included != "*":
		return include
	case pod.Annotations[exclude] != "":
		return exclude
	}
	return ""
}
