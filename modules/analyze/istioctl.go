package analyze

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Istioctl runs Istio's own analyzers. It is a program, not a library: its
// packages bring half of Istio with them, and the user's version knows the
// user's mesh best.
type Istioctl struct {
	// Path is the program's.
	Path string
	// Kubeconfig and Context name the cluster; the program's own defaults when
	// empty.
	Kubeconfig, Context string
	// Cluster says that the objects are analyzed with those of the cluster.
	Cluster bool
	// Namespace is that of objects that name none; AllNamespaces analyzes all.
	Namespace     string
	AllNamespaces bool
}

// FindIstioctl is the path of a given istioctl, or of the one on PATH; empty
// when none was given and there is none.
func FindIstioctl(given string) (string, error) {
	if given != "" {
		path, err := exec.LookPath(given)
		if err != nil {
			return "", fmt.Errorf("istioctl: %w", err)
		}
		return path, nil
	}
	path, err := exec.LookPath("istioctl")
	if err != nil {
		return "", nil //nolint:nilerr // without it there are fewer checks
	}
	return path, nil
}

// message is what istioctl says, in its JSON.
type message struct {
	Code    string `json:"code"`
	Level   string `json:"level"`
	Origin  string `json:"origin"`
	Message string `json:"message"`
	URL     string `json:"documentationUrl"`
}

// Run analyzes the objects of a YAML file; of the cluster alone when file is
// empty.
func (i Istioctl) Run(ctx context.Context, file string) ([]Finding, error) {
	cmd := exec.CommandContext(ctx, i.Path, i.args(file)...)
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, fmt.Errorf("run %s: %w", i.Path, err)
	}
	var messages []message
	if jerr := json.Unmarshal(stdout.Bytes(), &messages); jerr != nil {
		return nil, fmt.Errorf("%s analyze: %w: %s", i.Path, errors.Join(err, jerr), strings.TrimSpace(stderr.String()))
	}
	out := []Finding{}
	for _, m := range messages {
		out = append(out, m.finding())
	}
	Sort(out)
	return out, nil
}

func (i Istioctl) args(file string) []string {
	args := []string{"analyze", "--output", "json", "--color=false", fmt.Sprintf("--use-kube=%t", i.Cluster)}
	for flag, value := range map[string]string{"--kubeconfig": i.Kubeconfig, "--context": i.Context, "--namespace": i.Namespace} {
		if value != "" {
			args = append(args, flag, value)
		}
	}
	if i.AllNamespaces {
		args = append(args, "--all-namespaces")
	}
	if file != "" {
		args = append(args, file)
	}
	return args
}

func (m message) finding() Finding {
	f := Finding{Code: m.Code, Severity: Info, Object: m.Origin, Message: m.Message}
	switch m.Level {
	case "Error":
		f.Severity = Error
	case "Warning":
		f.Severity = Warning
	}
	if m.URL != "" {
		f.Next = "see " + m.URL
	}
	return f
}
