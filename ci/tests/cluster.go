package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/headgate-ci/headgate/ci/tests/internal/dagger"
)

// kubeconfig with a server, and whatever else its user has.
func kubeconfig(name, server, user string) *dagger.Secret {
	return dag.SetSecret(name, fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: %q}}]
users: [{name: u, user: %s}]
`, server, user))
}

// Kubeconfigs that cannot work in a container are refused with the cure.
func (t *Tests) Kubeconfigs(ctx context.Context) error {
	for _, c := range []struct {
		reason string
		config *dagger.Secret
		words  string
	}{
		{"it is something else", dag.SetSecret("no-kubeconfig", "a password"), "not a kubeconfig"},
		{"its server is on the caller's machine", kubeconfig("loopback", "https://127.0.0.1:6443", "{token: t}"), "--api tcp://127.0.0.1:6443"},
		{"it signs in by a program", kubeconfig("program", "https://api.example.com", "{exec: {command: aws}}"), "program aws"},
		{"it names files", kubeconfig("files", "https://api.example.com", "{client-certificate: /home/a/cert.pem}"), "kubectl config view"},
	} {
		_, err := t.headgate().Cluster(c.config).Kubeconfig().Name(ctx)
		if err := refused(err, c.words); err != nil {
			return fmt.Errorf("%s: %w", c.reason, err)
		}
	}
	return nil
}

// Unreachable clusters are one clear error.
func (t *Tests) Unreachable(ctx context.Context) error {
	config := kubeconfig("unreachable", "https://cluster.invalid:6443", "{token: not-to-be-seen}")
	_, err := t.headgate().Cluster(config).Canary("shop", []string{"example.com/shop:2"}).Verdict(ctx)
	if err := refused(err, "cluster.invalid"); err != nil {
		return err
	}
	if strings.Contains(err.Error(), "not-to-be-seen") {
		return errors.New("the error tells the token")
	}
	return nil
}

// UnknownWatchdog is refused before anything is built: the program that the
// module builds belongs to no image.
func (t *Tests) UnknownWatchdog(ctx context.Context) error {
	cluster := dag.Headgate().Cluster(kubeconfig("watchdog", "https://cluster.invalid", "{token: t}"))
	_, err := cluster.Canary("shop", []string{"example.com/shop:2"}, dagger.HeadgateClusterCanaryOpts{Watchdog: "30s"}).Verdict(ctx)
	if err := refused(err, "canary: ", "--headgate-image"); err != nil {
		return err
	}
	source := dag.Directory().WithNewFile("headgate.yaml", release+"  watchdog: {after: 30s}\n")
	_, err = cluster.Run(source, dagger.HeadgateClusterRunOpts{Image: []string{"example.com/shop:2"}}).Verdict(ctx)
	return refused(err, "run: ", "--headgate-image")
}

// bad is a program whose rollout was rolled back.
const bad = "#!/bin/sh\n" +
	"echo 'gate 10% failed; `headgate rollback shop -n prod --force` overwrites'\n" +
	"echo '{\"verdict\":\"rolledBack\",\"release\":\"shop\",\"namespace\":\"prod\"}' > /report/report.json\n" +
	"exit 3\n"

// BadVerdict fails the call, and says how to get at the report and what to type
// where there is no headgate program.
func (t *Tests) BadVerdict(ctx context.Context) error {
	program := dag.Directory().WithNewFile("headgate", bad).File("headgate")
	cluster := dag.Headgate(dagger.HeadgateOpts{Program: program}).Cluster(kubeconfig("bad", "https://cluster.invalid", "{token: t}"))
	_, err := cluster.Canary("shop", []string{"example.com/shop:2"}).Verdict(ctx)
	if err := refused(err, "canary: rolledBack (exit code 3)", "gate 10% failed", "dagger call … rollback --name shop --namespace prod --force",
		"dagger call … status --name shop --namespace prod report export", "--allow-failure"); err != nil {
		return err
	}
	code, err := cluster.Canary("shop", []string{"example.com/shop:2"}, dagger.HeadgateClusterCanaryOpts{AllowFailure: true}).ExitCode(ctx)
	if err == nil && code != 3 {
		return fmt.Errorf("exit code %d", code)
	}
	return err
}

// stopped is a program that ends with a code before it has a result.
const stopped = `#!/bin/sh
echo "• looking" >&2
echo "headgate: release shop/shop: another runner rolls it out" >&2
if [ -d /report ]; then echo '{"verdict":"error"}' > /report/report.json; fi
exit `

// OtherDriver is a result with the program's exit code and its report; that the
// program could not do its work is an error.
func (t *Tests) OtherDriver(ctx context.Context) error {
	canary := func(code string) *dagger.HeadgateResult {
		program := dag.Directory().WithNewFile("headgate", stopped+code+"\n").File("headgate")
		return dag.Headgate(dagger.HeadgateOpts{Program: program}).
			Cluster(kubeconfig("driver"+code, "https://cluster.invalid", "{token: t}")).
			Canary("shop", []string{"example.com/shop:2"}, dagger.HeadgateClusterCanaryOpts{AllowFailure: true})
	}
	result := canary("4")
	if code, err := result.ExitCode(ctx); err != nil || code != 4 {
		return fmt.Errorf("exit code %d, %v", code, err)
	}
	for file, want := range map[string]string{
		"exit-code": "4\n", "summary.txt": "release shop/shop: another runner rolls it out\n", "report.json": `{"verdict":"error"}` + "\n",
	} {
		if got, err := result.Report().File(file).Contents(ctx); err != nil || got != want {
			return fmt.Errorf("%s has %q, %v", file, got, err)
		}
	}
	if err := refused(second(result.Assert(ctx)), "exit code 4", "another runner"); err != nil {
		return err
	}
	return refused(second(canary("1").Verdict(ctx)), "another runner")
}

func second(_ string, err error) error { return err }

// SecretVariables reach what runs against the cluster.
func (t *Tests) SecretVariables(ctx context.Context) error {
	const token = "fourteen bytes"
	secret := dag.SetSecret("prometheus-token", token)
	cluster := t.headgate().Cluster(kubeconfig("variables", "https://cluster.invalid", "{token: t}"))
	ctr := cluster.WithSecretVariable("PROMETHEUS_TOKEN", secret).
		Container(dagger.HeadgateClusterContainerOpts{Container: dag.Container().From("alpine:3.22.1")})
	length, err := ctr.WithExec([]string{"sh", "-c", "echo ${#PROMETHEUS_TOKEN}"}).Stdout(ctx)
	if err != nil {
		return err
	}
	if strings.TrimSpace(length) != strconv.Itoa(len(token)) {
		return fmt.Errorf("the variable has %s characters", length)
	}
	_, err = cluster.WithSecretVariable("a token", secret).Kubeconfig().Name(ctx)
	return refused(err, `"a token"`, "PROMETHEUS_TOKEN")
}

// Analyzes manifests without a cluster.
func (t *Tests) Analyzes(ctx context.Context) error {
	const route = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop]
  http: [{route: [{destination: {host: nowhere}, weight: 90}]}]
`
	code, err := t.headgate().Analyze(dag.Directory().WithNewFile("route.yaml", route), dagger.HeadgateAnalyzeOpts{Manifests: []string{"route.yaml"}, AllowFailure: true}).ExitCode(ctx)
	if err != nil {
		return err
	}
	if code == 0 {
		return errors.New("a route to nowhere passed")
	}
	return nil
}

// BrokenDelivery still has the report of every stage that it came to.
func (t *Tests) BrokenDelivery(ctx context.Context) error {
	broken := service().WithNewFile("server.js", "exports.greeting = 'closed';\n")
	result := t.headgate().Deliver(broken, "localhost:1/shop:1", kubeconfig("deliver", "https://cluster.invalid", "{token: t}"), dagger.HeadgateDeliverOpts{AllowFailure: true})
	summary, err := result.Summary(ctx)
	if err != nil {
		return err
	}
	if !strings.Contains(summary, "canary-prod       not begun") {
		return fmt.Errorf("the summary does not say where it ended: %s", summary)
	}
	if _, err := result.Report().File("test/output.txt").Contents(ctx); err != nil {
		return err
	}
	_, err = result.Assert(ctx)
	return refused(err, "failed")
}

// UntestedDelivery of a Dockerfile is refused before anything is built.
func (t *Tests) UntestedDelivery(ctx context.Context) error {
	source := service().WithNewFile("Dockerfile", "FROM nowhere.invalid/nothing\n")
	_, err := t.headgate().Deliver(source, "localhost:1/shop:1", kubeconfig("untested", "https://cluster.invalid", "{token: t}")).Verdict(ctx)
	return refused(err, "give --test-command, such as npm,test")
}

// FailedGate rolls a failing version of the sample service out; the rollout is
// rolled back, its report can be exported, and assert fails.
// +cache="session"
func (t *Tests) FailedGate(
	ctx context.Context,
	// Kubeconfig of a cluster with Istio and the sample service under load.
	kubeconfig *dagger.Secret,
	// Its API server as a service.
	// +optional
	api *dagger.Service,
) error {
	return failedGate(ctx, t.headgate().Cluster(kubeconfig, dagger.HeadgateClusterOpts{API: api}))
}

func failedGate(ctx context.Context, cluster *dagger.HeadgateCluster) error {
	result := cluster.Canary("sample", []string{"headgate/sample:1.2.0"}, dagger.HeadgateClusterCanaryOpts{Namespace: "demo", MaxErrors: "1%", AllowFailure: true})
	verdict, err := result.Verdict(ctx)
	if err != nil {
		return err
	}
	if verdict != "rolledBack" {
		return fmt.Errorf("verdict %s", verdict)
	}
	files, err := result.Report().Entries(ctx)
	if err != nil {
		return err
	}
	for _, want := range []string{"report.json", "report.md", "report.html", "junit.xml", "summary.txt", "exit-code", "headgate.env"} {
		if !strings.Contains("\n"+strings.Join(files, "\n")+"\n", "\n"+want+"\n") {
			return fmt.Errorf("the report has no %s, only %v", want, files)
		}
	}
	_, err = result.Assert(ctx)
	return refused(err, "rolledBack", "exit code 3")
}
