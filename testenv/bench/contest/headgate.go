package contest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/bench/ledger"
)

// headgate is run as in a CI job: a process a rollout.
type headgate struct{}

func (headgate) prepare(ctx context.Context, s *site) error {
	objects, err := s.objects("headgate.yaml")
	if err != nil {
		return err
	}
	if err := s.apply(ctx, objects); err != nil {
		return err
	}
	return s.until(ctx, deployments, func(o *unstructured.Unstructured) bool {
		ready, _, _ := unstructured.NestedInt64(o.Object, "status", "readyReplicas")
		return ready > 0
	})
}

func (headgate) release(ctx context.Context, s *site, image string) (ending, error) {
	file, err := s.releaseFile(image)
	if err != nil {
		return ending{}, err
	}
	cmd := exec.CommandContext(ctx, s.arena.Headgate, "run", "-f", file, "-o", "json", "--kubeconfig", s.arena.Env.Kubeconfig)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it puts everything back
	cmd.WaitDelay = time.Minute
	var out bytes.Buffer
	log, err := s.arena.log(s.namespace)
	if err != nil {
		return ending{}, err
	}
	defer log.Close() //nolint:errcheck // for people
	cmd.Stdout, cmd.Stderr = &out, log
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return ending{}, err
	}
	_, _ = log.Write(out.Bytes())
	var res report.Result
	if err := json.Unmarshal(out.Bytes(), &res); err != nil {
		return ending{}, fmt.Errorf("headgate ended with %v and no result; its messages are in %s", cmd.ProcessState, log.Name())
	}
	outcome, ok := map[report.Verdict]ledger.Outcome{
		report.Promoted: ledger.Promoted, report.RolledBack: ledger.RolledBack, report.Held: ledger.Held,
	}[res.Verdict]
	if !ok {
		outcome = ledger.Unfinished
	}
	return ending{outcome, res.Reason}, nil
}

// releaseFile writes the Release.
func (s *site) releaseFile(image string) (string, error) {
	spec, err := s.c.Entrant.settings()
	if err != nil {
		return "", err
	}
	spec["candidate"] = map[string]any{"image": image}
	data, err := yaml.Marshal(map[string]any{
		"apiVersion": "headgate.dev/v1", "kind": "Release",
		"metadata": map[string]any{"name": "sample", "namespace": s.namespace}, "spec": spec,
	})
	if err != nil {
		return "", err
	}
	name := filepath.Join(s.arena.Dir, s.namespace+".headgate.yaml")
	return name, os.WriteFile(name, data, 0o600)
}
