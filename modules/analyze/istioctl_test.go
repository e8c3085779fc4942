package analyze

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/testenv/executable"
)

// program writes a stand-in for istioctl, which notes its arguments.
func program(t *testing.T, output string, code string) (path, args string) {
	t.Helper()
	dir := t.TempDir()
	path, args = filepath.Join(dir, "istioctl"), filepath.Join(dir, "args")
	script := "#!/bin/sh\necho \"$@\" > " + args + "\ncat <<'END'\n" + output + "\nEND\necho 'Error: analyzers found issues' >&2\nexit " + code + "\n"
	if err := executable.Write(path, strings.NewReader(script)); err != nil {
		t.Fatal(err)
	}
	return path, args
}

func TestIstioctlsMessagesBecomeFindings(t *testing.T) {
	t.Parallel()
	path, argsFile := program(t, `[
	  {"code":"IST0101","documentationUrl":"https://istio.example/ist0101","level":"Error","message":"Referenced host not found","origin":"VirtualService demo/web"},
	  {"code":"IST0102","level":"Info","message":"The namespace is not enabled","origin":"Namespace demo"}]`, "79")
	got, err := Istioctl{Path: path, Namespace: "demo"}.Run(t.Context(), "objects.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Code != "IST0101" || got[0].Severity != Error || got[0].Object != "VirtualService demo/web" || got[1].Severity != Info || !strings.Contains(got[0].Next, "ist0101") {
		t.Errorf("got %+v", got)
	}
	args, err := os.ReadFile(argsFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"analyze", "--use-kube=false", "--namespace demo", "objects.yaml"} {
		if !strings.Contains(string(args), want) {
			t.Errorf("called with %s, without %s", args, want)
		}
	}
}

func TestAnIstioctlThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	path, _ := program(t, "no such flag", "1")
	if _, err := (Istioctl{Path: path}).Run(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "analyzers found issues") {
		t.Errorf("got %v", err)
	}
	if _, err := FindIstioctl(filepath.Join(t.TempDir(), "istioctl")); err == nil {
		t.Error("a path that is given must exist")
	}
	if args := (Istioctl{Cluster: true, Kubeconfig: "k", Context: "c"}).args(""); !slices.Contains(args, "--use-kube=true") || !slices.Contains(args, "--context") {
		t.Errorf("args %v", args)
	}
}
