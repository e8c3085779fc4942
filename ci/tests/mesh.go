package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/ci/tests/internal/dagger"
)

// Mesh brings a testenv up, deploys the sample service under load, promotes a
// good version of it and rolls a failing one back.
// +cache="session"
func (t *Tests) Mesh(
	ctx context.Context,
	// Manifests of the sample service and of the one that calls it.
	// +defaultPath="/k8s"
	manifests *dagger.Directory,
	// What a mesh is made of, where it is built already.
	// +optional
	parts *dagger.Directory,
) error {
	cluster := t.headgate().Testenv(dagger.HeadgateTestenvOpts{Parts: parts})
	changes, err := cluster.Deploy(manifests, []string{"overlays/dev", "client"}, dagger.HeadgateClusterDeployOpts{
		Inject: true, CreateNamespace: true,
	}).Assert(ctx)
	if err != nil {
		return err
	}
	if !strings.Contains(changes, "Deployment demo/client created") {
		return fmt.Errorf("the deployment does not say what it has made: %s", changes)
	}
	good := cluster.Canary("sample", []string{"headgate/sample:1.1.0"}, dagger.HeadgateClusterCanaryOpts{
		Namespace: "demo", Steps: []int{25, 50, 100}, MaxErrors: "5%",
	})
	if _, err := good.Assert(ctx); err != nil {
		return err
	}
	if verdict, err := good.Verdict(ctx); err != nil || verdict != "promoted" {
		return fmt.Errorf("verdict %q, %v", verdict, err)
	}
	if err := failedGate(ctx, cluster); err != nil {
		return err
	}
	if err := leavesTheRelease(ctx, cluster, manifests); err != nil {
		return err
	}
	if err := looks(ctx, cluster); err != nil {
		return err
	}
	if err := nothingToPlan(ctx, cluster); err != nil {
		return err
	}
	return reachesGateway(ctx, cluster)
}

// release is what plan is asked about.
const release = `apiVersion: headgate.dev/v1
kind: Release
metadata: {name: sample, namespace: demo}
spec:
  strategy: {canary: {steps: [50, 100]}}
  gates: [{errors: {max: 5%}}]
`

// leavesTheRelease applies what the Release does not roll out: the manifests' own
// version would put stable back.
func leavesTheRelease(ctx context.Context, cluster *dagger.HeadgateCluster, manifests *dagger.Directory) error {
	said, err := cluster.Deploy(manifests.WithNewFile("headgate.yaml", release), []string{"overlays/dev"}, dagger.HeadgateClusterDeployOpts{
		File: "headgate.yaml",
	}).Summary(ctx)
	if err == nil && !strings.Contains(said, "Deployment demo/sample left to `dagger call … run`") {
		return fmt.Errorf("the deployment says %s", said)
	}
	return err
}

// looks asks what only looks, for a person and for a program.
func looks(ctx context.Context, cluster *dagger.HeadgateCluster) error {
	for what, c := range map[string]struct {
		result        *dagger.HeadgateResult
		words, member string
	}{
		"list": {cluster.List(dagger.HeadgateClusterListOpts{AllNamespaces: true}), "rolledBack", `"phase": "rolledBack"`},
		"plan": {
			cluster.Plan(dag.Directory().WithNewFile("headgate.yaml", release), dagger.HeadgateClusterPlanOpts{Image: []string{"headgate/sample:1.3.0"}}),
			"gate 50%", `"name": "gate 50%"`,
		},
	} {
		summary, err := c.result.Summary(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if !strings.Contains(summary, c.words) || strings.Contains(summary, c.member) {
			return fmt.Errorf("%s: the summary is not for a person: %s", what, summary)
		}
		doc, err := c.result.JSON(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if !strings.Contains(doc, c.member) {
			return fmt.Errorf("%s: the document has no %s: %s", what, c.member, doc)
		}
	}
	return nil
}

// nothingToPlan asks for a plan of the version that runs already.
func nothingToPlan(ctx context.Context, cluster *dagger.HeadgateCluster) error {
	said, err := cluster.Plan(
		dag.Directory().WithNewFile("headgate.yaml", release), dagger.HeadgateClusterPlanOpts{Image: []string{"headgate/sample:1.1.0"}},
	).Assert(ctx)
	if err != nil {
		return err
	}
	if !strings.Contains(said, "runs that version already") {
		return fmt.Errorf("a plan of what runs says %q", said)
	}
	return nil
}

// reachesGateway asks for the sample through the mesh's gateway.
func reachesGateway(ctx context.Context, cluster *dagger.HeadgateCluster) error {
	const ask = "http://testenv:8080/"
	ctr := cluster.Container(dagger.HeadgateClusterContainerOpts{Container: dag.Container().From("node:22.12.0-alpine")})
	said, err := ctr.WithExec([]string{"node", "-e",
		"require('http').get(process.argv[1], {headers: {host: 'sample.example.com'}}, r => { console.log(r.statusCode); r.resume() })", ask}).Stdout(ctx)
	if err != nil {
		return err
	}
	if strings.TrimSpace(said) != "200" {
		return fmt.Errorf("%s says %q", ask, said)
	}
	return nil
}
