package session

import (
	"context"
	"fmt"
	"math"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/release"
)

// warmups are the lengths that are suggested. What a Pod serves after the longest is
// taken for its usual.
var warmups = []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute}

// warmupAdvice suggests a warm-up where stable's own fresh Pods were worse than its
// others: in the last hour, by what Prometheus counted. It is empty where they were
// not, or nothing tells.
func (s *Session) warmupAdvice(ctx context.Context) string {
	if s.settings.Warmup > 0 || s.release.Spec.Strategy.Beside() || len(s.gates) == 0 {
		return ""
	}
	windows, err := s.before(ctx)
	if err != nil || len(windows) == 0 {
		return "" // plan has said what the gates cannot learn
	}
	began, err := s.readied(ctx)
	if err != nil {
		return ""
	}
	return worseWhenYoung(began, windows)
}

// readied is when each of stable's Pods became ready.
func (s *Session) readied(ctx context.Context) (out []time.Time, err error) {
	list, err := s.cluster.Dynamic.Resource(pods).Namespace(s.namespace()).List(ctx, metav1.ListOptions{LabelSelector: s.pods})
	if err != nil {
		return nil, err
	}
	for _, item := range list.Items {
		var pod corev1.Pod
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &pod); err != nil {
			return nil, err
		}
		for _, c := range pod.Status.Conditions {
			if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
				out = append(out, c.LastTransitionTime.Time)
			}
		}
	}
	return out, nil
}

// worseWhenYoung says that requests fared worse while Pods were fresh, and for how
// long; empty where they did not.
func worseWhenYoung(began []time.Time, windows []evidence.Evidence) string {
	longest := warmups[len(warmups)-1]
	usual := served(began, windows, func(age time.Duration) bool { return age > longest })
	for i, d := range warmups {
		young := served(began, windows, func(age time.Duration) bool { return age < d })
		what := worse(young, usual)
		if what == "" {
			return ""
		}
		later := served(began, windows, func(age time.Duration) bool { return age >= d && age < longest })
		if i == len(warmups)-1 || worse(later, usual) == "" {
			long := release.Duration{Duration: d}
			return fmt.Sprintf("while Pods of stable were fresh in the last hour, up to %s after they became ready, %s. A candidate's Pods are all fresh, and would be taken for a bad version: write warmup: %s, or baseline: true, in spec.strategy.canary", long, what, long)
		}
	}
	return ""
}

// served adds up the windows at whose beginning the youngest Pod is of such an age.
func served(began []time.Time, windows []evidence.Evidence, of func(age time.Duration) bool) (out evidence.Counts) {
	for _, w := range windows {
		youngest := time.Duration(math.MaxInt64)
		for _, at := range began {
			if w.End.After(at) {
				youngest = min(youngest, w.Start.Sub(at))
			}
		}
		if of(youngest) {
			out = out.Add(w.Stable)
		}
	}
	return out
}

// How much worse fresh Pods must be, by how many requests, and by how many standard
// errors, before a warm-up is suggested.
const (
	worseTimes  = 3
	worseLeast  = 10
	worseErrors = 4
	worseOf     = 100 // requests of fresh Pods
)

// worse says in words what fresh Pods do worse; empty where they do not.
func worse(young, usual evidence.Counts) string {
	if young.Requests < worseOf || usual.Requests < worseOf {
		return ""
	}
	if often, rare, ok := moreOften(young.Errors, young.Requests, usual.Errors, usual.Requests); ok {
		return fmt.Sprintf("%.2g%% of the requests failed, and %.2g%% at other times", often, rare)
	}
	for _, bound := range usual.Latency.Bounds() {
		slow := usual.Latency.Total - usual.Latency.Buckets[bound]
		if 100*slow > usual.Latency.Total { // not yet above the p99
			continue
		}
		late := young.Latency.Total - min(young.Latency.Buckets[bound], young.Latency.Total)
		if often, rare, ok := moreOften(late, young.Latency.Total, slow, usual.Latency.Total); ok {
			return fmt.Sprintf("%.2g%% of the requests took longer than %s, and %.2g%% at other times", often, bound, rare)
		}
		break
	}
	return ""
}

// moreOften says that x of n is clearly more than y of m, and gives both in percent.
func moreOften(x, n, y, m uint64) (often, rare float64, ok bool) {
	if n == 0 || m == 0 {
		return 0, 0, false
	}
	p, q := float64(x)/float64(n), float64(y)/float64(m)
	usual := q * float64(n)
	ok = x >= worseLeast && p >= worseTimes*q && float64(x)-usual >= worseErrors*math.Sqrt(usual+1)
	return 100 * p, 100 * q, ok
}
