package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Roll a new image out to a Deployment step by step, past gates.
//
// There is no Release file: the routes are found in the cluster. The call fails
// unless the new version serves in the end, and the cluster keeps the report. End
// it with summary, or with --allow-failure report export --path DIR.
//
// It is never cached: each call rolls out. A call that finds its own rollout cut
// short goes on with it.
// +cache="session"
func (c *Cluster) Canary(
	ctx context.Context,
	// The Deployment.
	name string,
	// New image of its app's container, or CONTAINER=IMAGE of a named one.
	image []string,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// The new version's shares of the traffic in percent, such as 5,25,100.
	// By default they are 1, 5, 25, 50 and 100.
	// +optional
	steps []int,
	// Pick the steps so that a bad version costs at most so many failed requests.
	// It takes the place of --steps.
	// +optional
	budget int,
	// Most requests that may fail, as a share such as 1%.
	// Without this, --max-regression and --max-latency the default gates hold.
	// +optional
	maxErrors string,
	// Most times stable's share of requests that may fail, such as 1.5.
	// +optional
	maxRegression float64,
	// Longest time that 99% of the requests may take, such as 300ms.
	// +optional
	maxLatency string,
	// Longest time for a step's gates to decide, such as 10m.
	// +optional
	maxWait string,
	// What happens if they have not decided by then: hold, rollBack or continue.
	// +optional
	// +default="hold"
	onInconclusive string,
	// Run stable's version anew beside the new one, and compare with that.
	// It needs --max-regression.
	// +optional
	baseline bool,
	// Prometheus, as an address or as NAMESPACE/SERVICE:PORT of one in the cluster.
	// It is for where the proxies' own counters cannot be read.
	// +optional
	prometheus string,
	// How long the old version stays without traffic, such as 10m.
	// So long a rollback is immediate.
	// +optional
	keepOld string,
	// Wait at most so long until nobody else rolls it out, such as 10m.
	// +optional
	waitForLock string,
	// Have a Job in the cluster put everything back after so long a silence.
	// Such as 30s without a sign of life of this call. It needs --headgate-image.
	// +optional
	watchdog string,
	// Image with the headgate program, for the watchdog's Job.
	// +optional
	headgateImage string,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	asked := guard{after: watchdog, image: headgateImage}
	if err := asked.possible(c.Headgate); err != nil {
		return nil, fmt.Errorf("canary: %w", err)
	}
	doc, err := canary{
		steps: steps, budget: budget, maxErrors: maxErrors, maxRegression: maxRegression, maxLatency: maxLatency,
		maxWait: maxWait, onInconclusive: onInconclusive, baseline: baseline, prometheus: prometheus,
	}.release(name)
	if err != nil {
		return nil, fmt.Errorf("canary: %w", err)
	}
	args := append(releaseArgs("headgate.yaml", image, nil, namespace), asked.args()...)
	args = append(args, valued("--keep-old", keepOld)...)
	args = append(args, valued("--wait-for-lock", waitForLock)...)
	files := dag.Directory().WithNewFile("headgate.yaml", doc)
	return c.headgate(ctx, command{name: "run", function: "canary", args: args, files: files, report: true, kept: true, allowFailure: allowFailure})
}

// canary is what a Release file of arguments says; what is empty is left out of
// it.
type canary struct {
	steps                   []int
	budget                  int
	maxErrors, maxLatency   string
	maxRegression           float64
	maxWait, onInconclusive string
	baseline                bool
	prometheus              string
}

// fields are a YAML mapping.
type fields map[string]any

// set leaves what is empty to its default.
func (f fields) set(name string, value any, given bool) fields {
	if given {
		f[name] = value
	}
	return f
}

// release is the Release file; JSON is YAML.
func (c canary) release(name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("--name is empty: name the Deployment")
	case c.budget != 0 && len(c.steps) > 0:
		return "", errors.New("--budget picks the steps: give either --steps or --budget")
	}
	strategy := fields{}.
		set("steps", c.steps, len(c.steps) > 0).
		set("budget", c.budget, c.budget != 0).
		set("max", c.maxWait, c.maxWait != "").
		set("onInconclusive", c.onInconclusive, c.onInconclusive != "").
		set("baseline", true, c.baseline)
	spec := fields{"strategy": fields{"canary": strategy}}
	if gates := c.gates(); len(gates) > 0 {
		spec["gates"] = gates
	}
	if c.prometheus != "" {
		spec["metrics"] = fields{"prometheus": fields{prometheusField(c.prometheus): c.prometheus}}
	}
	doc, err := json.MarshalIndent(fields{
		"apiVersion": "headgate.dev/v1", "kind": "Release", "metadata": fields{"name": name}, "spec": spec,
	}, "", "  ")
	return string(doc), err
}

func (c canary) gates() []fields {
	var gates []fields
	errs := fields{}.set("max", c.maxErrors, c.maxErrors != "").set("regression", c.maxRegression, c.maxRegression != 0)
	if len(errs) > 0 {
		gates = append(gates, fields{"errors": errs})
	}
	if c.maxLatency != "" {
		gates = append(gates, fields{"latency": fields{"quantile": "99%", "max": c.maxLatency}})
	}
	return gates
}

// prometheusField is where a Release has an address of that form.
func prometheusField(address string) string {
	if strings.Contains(address, "://") {
		return "url"
	}
	return "service"
}
