// Package install brings Istio into a cluster by the programs that Istio's own
// documentation names: istioctl, or helm. Both are run, not imported. The helm
// library would double the size of this program for two commands, and a user's
// istioctl is of the user's version of Istio.
package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Istio says how to install.
type Istio struct {
	// Istioctl and Helm are programs; those on PATH when empty.
	Istioctl, Helm string
	// Charts is a folder with Istio's charts, or the address of a chart
	// repository, which only helm can use.
	Charts string
	// Values are set in the charts, as NAME=VALUE.
	Values []string
	// Kubeconfig and Context name the cluster; the programs' own defaults when
	// empty.
	Kubeconfig, Context string
	// Output gets what the programs say.
	Output io.Writer
}

// namespace is where Istio lives.
const namespace = "istio-system"

// Install installs Istio, or brings it up to date, and waits until it is ready.
// istioctl is preferred where both can do it.
func (i Istio) Install(ctx context.Context) error {
	istioctl, ierr := find(i.Istioctl, "istioctl")
	if ierr == nil && !strings.Contains(i.Charts, "://") {
		return i.run(ctx, istioctl, i.istioctlArgs())
	}
	if i.Istioctl != "" {
		return ierr
	}
	helm, herr := find(i.Helm, "helm")
	switch {
	case herr != nil:
		return fmt.Errorf("istio is installed by istioctl or by helm, and neither can be run: %w", errors.Join(ierr, herr))
	case i.Charts == "":
		return errors.New("istio: helm needs the charts: give a folder or the address of a repository with --charts")
	}
	for _, args := range i.helmArgs() {
		if err := i.run(ctx, helm, args); err != nil {
			return err
		}
	}
	return nil
}

func find(given, name string) (string, error) {
	if given != "" {
		name = given
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", err
	}
	return path, nil
}

func (i Istio) istioctlArgs() []string {
	args := []string{"install", "--skip-confirmation"}
	if i.Charts != "" {
		args = append(args, "--manifests", i.Charts)
	}
	args = append(args, i.common("--context")...)
	return args
}

// helmArgs are the commands for the two charts: the kinds first.
func (i Istio) helmArgs() [][]string {
	var out [][]string
	for _, c := range []struct{ release, chart, folder string }{
		{"istio-base", "base", "base"},
		{"istiod", "istiod", filepath.Join("istio-control", "istio-discovery")},
	} {
		args := []string{"upgrade", "--install", c.release}
		if strings.Contains(i.Charts, "://") {
			args = append(args, c.chart, "--repo", i.Charts)
		} else {
			args = append(args, i.folder(c.chart, c.folder))
		}
		args = append(args, "--namespace", namespace, "--create-namespace", "--wait")
		out = append(out, append(args, i.common("--kube-context")...))
	}
	return out
}

// folder is where a chart lies: by its own name, or as in Istio's sources.
func (i Istio) folder(chart, inSources string) string {
	byName := filepath.Join(i.Charts, chart)
	if _, err := os.Stat(byName); err == nil {
		return byName
	}
	return filepath.Join(i.Charts, inSources)
}

func (i Istio) common(contextFlag string) []string {
	var args []string
	for _, v := range i.Values {
		args = append(args, "--set", v)
	}
	if i.Kubeconfig != "" {
		args = append(args, "--kubeconfig", i.Kubeconfig)
	}
	if i.Context != "" {
		args = append(args, contextFlag, i.Context)
	}
	return args
}

func (i Istio) run(ctx context.Context, program string, args []string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = i.Output, i.Output
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(program), args[0], err)
	}
	return nil
}
