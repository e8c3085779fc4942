package binaries

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// recipe is a copy of testenv/tools with .txt behind every name: a folder with
// a go.mod of its own cannot be embedded. A test keeps the two equal.
//
//go:generate go test -run TestRecipeIsFresh -update .
//go:embed recipe
var recipe embed.FS

// The packages that are built, and what their programs are called.
var programs = []program{
	{"etcd", "go.etcd.io/etcd/server/v3"},
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"},
	{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"},
	{"kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"},
	{"prometheus", "github.com/prometheus/prometheus/cmd/prometheus"},
	{"pilot-discovery", "istio.io/istio/pilot/cmd/pilot-discovery"},
	{"pilot-agent", "istio.io/istio/pilot/cmd/pilot-agent"},
	{"istiorender", "github.com/headgate-ci/headgate/testenv/tools/istiorender"},
}

// kubectl is built only for those who ask for it.
var kubectl = program{"kubectl", "k8s.io/kubernetes/cmd/kubectl"}

type program struct{ name, pkg string }

// The flags are those of an ordinary build as far as possible, so that packages
// that the main module has too are compiled once.
const (
	tags    = "remove_all_sd,enable_kubernetes_sd"
	ldflags = "-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2"
)

// sum identifies what will be built, by content.
func sum() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.GOOS, runtime.GOARCH, tags, ldflags, programs, wheel)
	err := eachFile(func(name string, data []byte) error {
		fmt.Fprintln(h, name, len(data))
		_, err := h.Write(data)
		return err
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// layOut writes the tools module into a folder.
func layOut(dir string) error {
	return eachFile(func(name string, data []byte) error {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	})
}

// eachFile goes through the tools module's files, by their own names.
func eachFile(do func(name string, data []byte) error) error {
	return fs.WalkDir(recipe, "recipe", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := recipe.Open(name)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // an embedded file
		data, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		own := strings.TrimSuffix(strings.TrimPrefix(path.Clean(name), "recipe/"), ".txt")
		return do(own, data)
	})
}
