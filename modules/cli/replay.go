package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/prometheus"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/replay"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rules"
	"github.com/headgate-ci/headgate/modules/session"
)

// ReplayCmd puts a past rollout before rules.
type ReplayCmd struct {
	Report string `arg:"" optional:"" help:"Report of a rollout (-o json, or report.json of --report), - for standard input."`
	PastFlags
	HTML string `name:"html" placeholder:"FILE" help:"Write a page with charts, too."`
	RuleFlags
}

// PastFlags find a rollout of the past in a Prometheus.
type PastFlags struct {
	Prometheus    string        `placeholder:"URL" group:"past" help:"Take the counts of a Prometheus instead of a report."`
	From          time.Time     `placeholder:"TIME" group:"past" help:"Beginning, such as 2026-05-04T10:00:00Z."`
	To            time.Time     `placeholder:"TIME" group:"past" help:"End."`
	Every         time.Duration `default:"5s" placeholder:"TIME" group:"past" help:"Time between two looks."`
	Service       string        `placeholder:"NAME" group:"past" help:"Service; stable's name by default."`
	Stable        string        `placeholder:"NAME" group:"past" help:"Deployment of the stable version."`
	Candidate     string        `placeholder:"NAME" group:"past" help:"Deployment of the candidate; stable's name with -canary by default."`
	StableHost    string        `placeholder:"HOST" group:"past" help:"Host of stable; the service's in the namespace by default."`
	CandidateHost string        `placeholder:"HOST" group:"past" help:"Host of the candidate where it has a Service of its own."`
	Reporter      string        `enum:"source,destination," default:"" placeholder:"WHO" group:"past" help:"Whose counts are taken: source (the callers' proxies, the default) or destination."`
}

// Help is shown by --help.
func (*ReplayCmd) Help() string {
	return `Takes the looks of a finished rollout from its report, or its counters from a
Prometheus, and tells what these gates, others, and the rules of Flagger and Argo
Rollouts would have decided, when, and with how many failed requests by then. Where
the record ends first, it says so.`
}

// Run replays and tells.
func (c *ReplayCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	record, err := c.record(ctx, g, env)
	if err != nil {
		return err
	}
	own, err := c.own(record.Latency)
	if err != nil {
		return err
	}
	peers, err := c.peers(record.Latency)
	if err != nil {
		return err
	}
	res := replay.Run(record, own, peers)
	if err := writeHTML(c.HTML, func(w io.Writer) error { return replay.HTML(w, res) }); err != nil {
		return err
	}
	return g.Output.print(env.Stdout, res, func(w io.Writer) error { return replay.Text(w, env.screen(), res) })
}

// own are Headgate's rules: those of the release file, and beside them those of
// the flags.
func (c *ReplayCmd) own(durations bool) ([]rules.Headgate, error) {
	var out []rules.Headgate
	if c.Release != "" {
		filed, err := c.base(durations)
		if err != nil {
			return nil, err
		}
		filed.Label = "Headgate, as in " + string(c.Release)
		out = append(out, filed)
	}
	if !c.asked() {
		return out, nil
	}
	name := "Headgate"
	if c.Release != "" {
		name = "Headgate, by flags"
	}
	flagged, err := c.headgate(name, durations)
	return append(out, flagged), err
}

func (c *ReplayCmd) record(ctx context.Context, g *Globals, env *Env) (*replay.Record, error) {
	switch {
	case c.Report != "" && c.Prometheus != "":
		return nil, usageError("give either a report or --prometheus, not both")
	case c.Report != "":
		return readRecord(c.Report, env)
	case c.Prometheus != "":
		return c.past(ctx, g)
	}
	return nil, usageError("no rollout to replay; name a report (report.json), or give --prometheus, --from and --to")
}

func readRecord(name string, env *Env) (*replay.Record, error) {
	in := env.Stdin
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the user names the file to be read
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	var res report.Result
	if err := json.NewDecoder(in).Decode(&res); err != nil {
		return nil, fmt.Errorf("%s is not a rollout's report: %w", name, err)
	}
	record, err := replay.FromReport(res)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return record, nil
}

// past reads the counters of a Prometheus.
func (c *ReplayCmd) past(ctx context.Context, g *Globals) (*replay.Record, error) {
	subject, err := c.subject(g)
	if err != nil {
		return nil, err
	}
	opts := prometheus.Options{}
	if c.Release != "" {
		rel, err := release.Load(string(c.Release))
		if err != nil {
			return nil, err
		}
		if opts, err = session.Prometheus(rel); err != nil {
			return nil, err
		}
	}
	opts.URL, opts.Service = c.Prometheus, ""
	if c.Reporter != "" {
		opts.Reporter = c.Reporter
	}
	source, err := prometheus.New(opts)
	if err != nil {
		return nil, err
	}
	readings, err := source.Range(ctx, subject, c.From, c.To, c.Every)
	if err != nil {
		return nil, err
	}
	from := fmt.Sprintf("%s/%s from %s to %s", subject.Namespace, subject.Candidate.Workload, c.From.Format(time.RFC3339), c.To.Format(time.RFC3339))
	record, err := replay.FromReadings(from, readings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return record, nil
}

func (c *PastFlags) subject(g *Globals) (metrics.Subject, error) {
	switch {
	case c.From.IsZero() || c.To.IsZero():
		return metrics.Subject{}, usageError("--prometheus wants --from and --to, such as 2026-05-04T10:00:00Z")
	case !c.To.After(c.From):
		return metrics.Subject{}, usageError("--to is not after --from")
	case c.To.Sub(c.From) > 7*24*time.Hour:
		return metrics.Subject{}, usageError("%s are too long for one rollout; a week is the most", c.To.Sub(c.From))
	case c.Stable == "" || g.Namespace == "":
		return metrics.Subject{}, usageError("--prometheus wants --stable (the Deployment) and --namespace, to tell the requests apart")
	}
	service := firstOf(c.Service, c.Stable)
	host := firstOf(c.StableHost, service+"."+g.Namespace+".svc.cluster.local")
	s := metrics.Subject{
		Namespace: g.Namespace, Service: service, Hosts: []string{host},
		Stable:    metrics.Side{Workload: c.Stable, Host: host},
		Candidate: metrics.Side{Workload: firstOf(c.Candidate, c.Stable+"-canary"), Host: firstOf(c.CandidateHost, host)},
	}
	if err := s.Validate(); err != nil {
		return s, &exitError{code: ExitUsage, err: err}
	}
	return s, nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
