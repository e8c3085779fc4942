package binaries

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/testenv/executable"
)

// fake puts a program into a folder that says what version it is.
func fake(t *testing.T, dir, name, version string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := executable.Write(path, strings.NewReader("#!/bin/sh\necho '"+version+"'\n")); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProgramsOfTheMachineStandIn(t *testing.T) {
	onPath, elsewhere := t.TempDir(), t.TempDir()
	t.Setenv("PATH", onPath+":/bin:/usr/bin")
	fits := fake(t, onPath, "kube-apiserver", "Kubernetes v1.37.9")
	fake(t, onPath, "kube-scheduler", "Kubernetes v1.20.0")
	fake(t, onPath, "pilot-agent", "whatever")
	own := fake(t, elsewhere, "my-etcd", "etcd Version: 2.0.0")
	t.Setenv("HEADGATE_ETCD", own)
	for reason, c := range map[string]struct{ name, want string }{
		"a version that fits, on PATH":                  {"kube-apiserver", fits},
		"another version, on PATH":                      {"kube-scheduler", ""},
		"named by a variable, whatever it is":           {"etcd", own},
		"not there":                                     {"prometheus", ""},
		"one that must belong to the objects beside it": {"pilot-agent", ""},
	} {
		for _, p := range programs {
			if p.name != c.name {
				continue
			}
			if got, err := standIn(t.Context(), p); err != nil || got != c.want {
				t.Errorf("%s: %s is %q, want %q; %v", reason, p.name, got, c.want, err)
			}
		}
	}
}

func TestVariableThatLeadsNowhere(t *testing.T) {
	t.Setenv("HEADGATE_KUBE_APISERVER", "/no/such/program")
	_, err := standIns(t.Context(), programs)
	if err == nil || !strings.Contains(err.Error(), "HEADGATE_KUBE_APISERVER") || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("got %v", err)
	}
}
