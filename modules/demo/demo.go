// Package demo shows Headgate at work: it brings up a real mesh on this
// machine, sends traffic to a sample service, and rolls out a good version and
// a bad one with the manifests of k8s/.
package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session"
	"github.com/headgate-ci/headgate/testenv/sample"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// Host is the name by which the sample is reached through the gateway.
const Host = "sample.example.com"

// Namespace is where the sample lives.
const Namespace = "demo"

// Options say how the demo runs.
type Options struct {
	// Rate is the traffic in requests per second.
	Rate float64
	// Cluster is the mesh, Gateway the URL of its ingress gateway.
	Cluster *cluster.Cluster
	Gateway string
	// Say is told what the demo does, a line at a time.
	Say func(string)
	// Watch gives the observer of one rollout's events, and what to call when
	// it is over.
	Watch func(title string) (observe func(rollout.Event), done func())
	// Show is given each rollout's result when it is over.
	Show func(report.Result)
}

// Outcome is what the demo came to.
type Outcome struct {
	Results []report.Result
	// Traffic is what the callers saw over all of it.
	Traffic load.Result
}

// rollouts are what the demo shows.
var rollouts = []struct {
	tag, about string
	verdict    report.Verdict
}{
	{sample.Good, "a good version", report.Promoted},
	{sample.Errors, "a bad one, which fails 5% of its requests", report.RolledBack},
}

// Run deploys the sample and rolls out. The error says when a rollout did not
// end as it should.
func Run(ctx context.Context, o Options) (*Outcome, error) {
	o.Say("deploying the sample service (k8s/overlays/dev)")
	if err := Deploy(ctx, o.Cluster, "overlays/dev"); err != nil {
		return nil, err
	}
	if err := waitServing(ctx, o.Gateway); err != nil {
		return nil, err
	}
	o.Say(fmt.Sprintf("sending %.0f requests a second to %s through the ingress gateway", o.Rate, Host))
	traffic, err := load.Start(ctx, load.Options{URL: o.Gateway, Host: Host, Rate: o.Rate, Timeout: 15 * time.Second})
	if err != nil {
		return nil, err
	}
	out := &Outcome{}
	for _, r := range rollouts {
		o.Say(fmt.Sprintf("rolling out %s: %s", sample.Ref(r.tag), r.about))
		res, err := one(ctx, o, r.tag)
		if err != nil {
			traffic.Stop()
			return out, err
		}
		out.Results = append(out.Results, *res)
		o.Show(*res)
		if res.Verdict != r.verdict {
			traffic.Stop()
			return out, fmt.Errorf("demo: %s was %s and should have been %s: %s", sample.Ref(r.tag), res.Verdict, r.verdict, res.Reason)
		}
	}
	out.Traffic = traffic.Stop()
	return out, nil
}

func one(ctx context.Context, o Options, tag string) (*report.Result, error) {
	rel, err := Release(sample.Ref(tag))
	if err != nil {
		return nil, err
	}
	s, err := session.Open(ctx, o.Cluster, rel)
	if err != nil {
		return nil, err
	}
	observe, done := o.Watch(Namespace + "/sample")
	res, err := s.Run(ctx, session.RunOptions{Observe: observe})
	done()
	return res, err
}

// Release is the demo's Release with an image put in.
func Release(image string) (*release.Release, error) {
	rel, err := release.Decode("the demo's release", File)
	if err != nil {
		return nil, err
	}
	return rel, rel.Complete(release.Overrides{Image: image})
}
