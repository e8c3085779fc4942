package prometheus

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// selector is the PromQL selector of metrics (a regular expression of names)
// that are ours, whoever reports them.
func (o *Options) selector(metricNames string, subject metrics.Subject) string {
	hosts := make([]string, 0, 2)
	for _, h := range subject.AllHosts() {
		hosts = append(hosts, regexp.QuoteMeta(h))
	}
	parts := []string{
		"__name__=~" + strconv.Quote(metricNames),
		o.Labels.Host + "=~" + strconv.Quote(strings.Join(hosts, "|")),
	}
	return o.matching("{" + strings.Join(parts, ",") + "}")
}

// matching narrows a selector to what has the configured labels.
func (o *Options) matching(selector string) string {
	parts := []string{}
	for name, value := range o.Match {
		parts = append(parts, name+"="+strconv.Quote(value))
	}
	slices.Sort(parts)
	if before := strings.Trim(selector, "{}"); before != "" {
		parts = append([]string{before}, parts...)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// reported narrows a selector to the configured reporter.
func (o *Options) reported(selector string) string {
	return strings.TrimSuffix(selector, "}") + "," + o.Labels.Reporter + "=" + strconv.Quote(o.Reporter) + "}"
}

// everything selects the counter and the histogram. The histogram's _count is
// left out: its last bucket says the same.
func (o *Options) everything(subject metrics.Subject) string {
	if subject.Connections {
		return o.reported(o.selector(openedMetric+"|"+closedMetric, subject))
	}
	latency := regexp.QuoteMeta(o.Names.Latency)
	return o.reported(o.selector(regexp.QuoteMeta(o.Names.Requests)+"|"+latency+"_bucket|"+latency+"_sum", subject))
}

// baseline is the newest value of every series of the last quarter of an hour,
// so that one whose scrape is failing just now is not taken for a new one when
// it comes back.
func (o *Options) baseline(subject metrics.Subject) string {
	return "last_over_time(" + o.everything(subject) + "[15m])"
}

// newest is every raw sample of the last window.
func (o *Options) newest(subject metrics.Subject, window time.Duration) string {
	return fmt.Sprintf("%s[%ds]", o.everything(subject), int(window.Round(time.Second)/time.Second))
}

// census counts the series of the counter by what tells them apart, whoever
// reports them.
func (o *Options) census(subject metrics.Subject) string {
	l := o.Labels
	by := strings.Join([]string{l.Reporter, l.Host, l.Subset, l.Workload, l.Namespace, l.Version}, ", ")
	return "count by (" + by + ") (" + o.selector(regexp.QuoteMeta(o.counter(subject)), subject) + ")"
}
