package image_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/headgate-ci/headgate/testenv/internal/node/image"
)

func TestFolderFindsImagesBySpelling(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.json"), `{"ref": "team/web:1.2", "command": ["/bin/web"]}`)
	tests := map[string]struct {
		ref   string
		found bool
	}{
		"as written":                       {"team/web:1.2", true},
		"a registry's host does not count": {"registry.example.com:5000/team/web:1.2", true},
		"nor does a digest":                {"team/web:1.2@sha256:00", true},
		"another tag is another image":     {"team/web:1.3", false},
		"no tag means latest":              {"team/web", false},
		"another repository":               {"other/web:1.2", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img, err := image.Folder(dir).Resolve(tt.ref)
			var missing *image.NotFoundError
			if tt.found && (err != nil || img.Command[0] != "/bin/web") {
				t.Errorf("got %+v, %v", img, err)
			}
			if !tt.found && !errors.As(err, &missing) {
				t.Errorf("got %v, want a NotFoundError", err)
			}
		})
	}
}

func TestFolderIsReadEachTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	images := image.Chain{image.Proxy{}, image.Folder(dir)}
	if _, err := images.Resolve("late:1"); err == nil {
		t.Fatal("an image that nobody loaded was found")
	}
	write(t, filepath.Join(dir, "late.json"), `{"ref": "late:1"}`)
	if _, err := images.Resolve("late:1"); err != nil {
		t.Errorf("after loading it: %v", err)
	}
}

func TestBrokenFileIsNotAMissingImage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.json"), `{`)
	_, err := image.Chain{image.Folder(dir)}.Resolve("a:1")
	var missing *image.NotFoundError
	if err == nil || errors.As(err, &missing) {
		t.Errorf("got %v, want the file's error", err)
	}
}

func TestProxyIsFoundWhateverItsHubAndTag(t *testing.T) {
	t.Parallel()
	proxy := image.Proxy{PilotAgent: "/a", Envoy: "/e", Bootstrap: "/b"}
	for _, ref := range []string{"istio/proxyv2:1.31", "registry.example.com/istio/proxyv2:1.30-distroless", "proxyv2"} {
		if img, err := proxy.Resolve(ref); err != nil || len(img.Binds) != 3 || !img.Capture {
			t.Errorf("%s: got %+v, %v", ref, img, err)
		}
	}
	if _, err := proxy.Resolve("istio/pilot:1.31"); err == nil {
		t.Error("another of Istio's images was taken for the proxy")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
