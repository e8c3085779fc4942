package install_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/cluster/install"
	"github.com/headgate-ci/headgate/testenv/executable"
)

// program is a stand-in that tells its arguments.
func program(t *testing.T, name string, code string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := executable.Write(path, strings.NewReader("#!/bin/sh\necho "+name+" \"$@\"\nexit "+code+"\n")); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestIstioIsInstalledByWhatIsThere(t *testing.T) {
	t.Parallel()
	charts := t.TempDir()
	istioctl, helm := program(t, "istioctl", "0"), program(t, "helm", "0")
	tests := []struct {
		reason string
		istio  install.Istio
		want   string
	}{
		{"istioctl first", install.Istio{Istioctl: istioctl, Helm: helm, Context: "c"}, "istioctl install --skip-confirmation --context c\n"},
		{"with charts of one's own", install.Istio{Istioctl: istioctl, Charts: charts, Values: []string{"a=b"}}, "istioctl install --skip-confirmation --manifests " + charts + " --set a=b\n"},
		{"a repository of charts is helm's", install.Istio{Helm: helm, Charts: "https://charts.example.com/istio", Kubeconfig: "k"},
			"helm upgrade --install istio-base base --repo https://charts.example.com/istio --namespace istio-system --create-namespace --wait --kubeconfig k\n" +
				"helm upgrade --install istiod istiod --repo https://charts.example.com/istio --namespace istio-system --create-namespace --wait --kubeconfig k\n"},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		tt.istio.Output = &out
		if err := tt.istio.Install(t.Context()); err != nil || out.String() != tt.want {
			t.Errorf("%s: %v\ngot  %swant %s", tt.reason, err, out.String(), tt.want)
		}
	}
}

func TestWhatCannotBeInstalledIsSaid(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	err := install.Istio{Istioctl: missing}.Install(t.Context())
	if err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a program that is not there: %v", err)
	}
	var out bytes.Buffer
	err = install.Istio{Istioctl: program(t, "istioctl", "3"), Output: &out}.Install(t.Context())
	if err == nil || !strings.Contains(err.Error(), "istioctl install: exit status 3") {
		t.Errorf("a program that fails: %v", err)
	}
	err = install.Istio{Helm: missing, Charts: "https://charts.example.com"}.Install(t.Context())
	if err == nil || !strings.Contains(err.Error(), "neither can be run") {
		t.Errorf("no program: %v", err)
	}
}
