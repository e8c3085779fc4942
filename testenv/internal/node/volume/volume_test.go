package volume_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/headgate-ci/headgate/testenv/internal/node/volume"
)

// objects are ConfigMaps; Secrets are the same with another kind.
type objects map[string]map[string]string

func (o objects) ConfigMap(_ context.Context, _, name string) (*corev1.ConfigMap, error) {
	data, ok := o[name]
	if !ok {
		return nil, apierrors.NewNotFound(corev1.Resource("configmaps"), name)
	}
	return &corev1.ConfigMap{Data: data}, nil
}

func (o objects) Secret(_ context.Context, _, name string) (*corev1.Secret, error) {
	return nil, apierrors.NewNotFound(corev1.Resource("secrets"), name)
}

type fixture struct {
	*volume.Manager
	pod     *corev1.Pod
	objects objects
	dir     string
}

func setup(t *testing.T, volumes ...corev1.Volume) *fixture {
	t.Helper()
	f := &fixture{dir: t.TempDir(), objects: objects{"settings": {"a": "1", "b": "2"}}}
	f.pod = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "demo", Labels: map[string]string{"app": "web"}}}
	f.pod.Spec.Volumes = volumes
	client := fake.NewClientset()
	client.PrependReactor("create", "serviceaccounts", func(a clienttesting.Action) (bool, runtime.Object, error) {
		request := a.(clienttesting.CreateAction).GetObject().(*authv1.TokenRequest)
		return true, &authv1.TokenRequest{Status: authv1.TokenRequestStatus{
			Token:               "token for " + strings.Join(request.Spec.Audiences, ","),
			ExpirationTimestamp: metav1.NewTime(time.Now().Add(time.Hour)),
		}}, nil
	})
	f.Manager = volume.New(volume.Options{Client: client, Objects: f.objects, Dir: f.dir, Pod: func() *corev1.Pod { return f.pod }})
	return f
}

func (f *fixture) read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(f.dir, path))
	if err != nil {
		return "error: " + err.Error()[strings.LastIndex(err.Error(), ":")+2:]
	}
	return string(b)
}

func of(name string, src corev1.VolumeSource) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: src}
}

func settings(items ...corev1.KeyToPath) *corev1.ConfigMapVolumeSource {
	return &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}, Items: items}
}

func TestFilesOfEachKind(t *testing.T) {
	t.Parallel()
	f := setup(t,
		of("all", corev1.VolumeSource{ConfigMap: settings()}),
		of("some", corev1.VolumeSource{ConfigMap: settings(corev1.KeyToPath{Key: "b", Path: "deep/er/b"})}),
		of("info", corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{
			{Path: "labels", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels"}}}}}),
		of("mixed", corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
			{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token", Audience: "istio-ca"}},
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}},
		}}}),
	)
	if err := f.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"all/a": "1", "all/b": "2",
		"some/deep/er/b": "2", "some/a": "error: no such file or directory",
		"info/labels": `app="web"`,
		"mixed/token": "token for istio-ca", "mixed/a": "1",
	} {
		if got := f.read(t, path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestChangesArriveInOneStep(t *testing.T) {
	t.Parallel()
	f := setup(t, of("v", corev1.VolumeSource{ConfigMap: settings()}))
	// A mount point of another volume inside this one must survive.
	if err := os.MkdirAll(filepath.Join(f.dir, "v", "inner"), 0o755); err != nil {
		t.Fatal(err)
	}
	fill := func() string {
		t.Helper()
		if err := f.Fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		to, err := os.Readlink(filepath.Join(f.dir, "v", "..data"))
		if err != nil {
			t.Fatal(err)
		}
		return to
	}
	first := fill()
	if again := fill(); again != first {
		t.Error("nothing changed, yet the content was replaced")
	}
	f.objects["settings"] = map[string]string{"b": "3"}
	if fill() == first || f.read(t, "v/b") != "3" || !strings.HasPrefix(f.read(t, "v/a"), "error") {
		t.Errorf("after the change: b is %q, a is %q", f.read(t, "v/b"), f.read(t, "v/a"))
	}
	if _, err := os.Stat(filepath.Join(f.dir, "v", first)); !os.IsNotExist(err) {
		t.Error("the old content is still there")
	}
	if _, err := os.Stat(filepath.Join(f.dir, "v", "inner")); err != nil {
		t.Error(err)
	}
}

func TestErrorsNameTheVolume(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		src  corev1.VolumeSource
		want string
	}{
		"missing object":    {corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "gone"}}, `"gone" not found`},
		"missing key":       {corev1.VolumeSource{ConfigMap: settings(corev1.KeyToPath{Key: "z", Path: "z"})}, `no key "z"`},
		"way out":           {corev1.VolumeSource{ConfigMap: settings(corev1.KeyToPath{Key: "a", Path: "../a"})}, "leads out"},
		"missing host path": {corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/no/such"}}, "/no/such"},
		"unsupported kind":  {corev1.VolumeSource{NFS: &corev1.NFSVolumeSource{}}, "does not work here"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := setup(t, of("v", tt.src)).Fill(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `volume "v"`) {
				t.Errorf("got %v, want the volume and %q", err, tt.want)
			}
		})
	}
}

func TestMounts(t *testing.T) {
	t.Parallel()
	f := setup(t,
		of("work", corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}),
		of("conf", corev1.VolumeSource{ConfigMap: settings()}),
		of("host", corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/usr"}}),
	)
	if err := f.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		mount    corev1.VolumeMount
		source   string
		readOnly bool
		err      string
	}{
		"scratch space can be written to":     {mount: corev1.VolumeMount{Name: "work"}, source: f.dir + "/work"},
		"objects cannot":                      {mount: corev1.VolumeMount{Name: "conf"}, source: f.dir + "/conf", readOnly: true},
		"the machine's folders cannot":        {mount: corev1.VolumeMount{Name: "host"}, source: "/usr", readOnly: true},
		"a sub-path is made":                  {mount: corev1.VolumeMount{Name: "work", SubPath: "x/y"}, source: f.dir + "/work/x/y"},
		"a sub-path with variables":           {mount: corev1.VolumeMount{Name: "work", SubPathExpr: "$(N)"}, source: f.dir + "/work/n"},
		"a file of an object":                 {mount: corev1.VolumeMount{Name: "conf", SubPath: "a"}, source: f.dir + "/conf/a", readOnly: true},
		"a sub-path cannot leave":             {mount: corev1.VolumeMount{Name: "work", SubPath: "../.."}, err: "leads out"},
		"a missing file of an object":         {mount: corev1.VolumeMount{Name: "conf", SubPath: "zz"}, err: "zz"},
		"a volume that the pod does not have": {mount: corev1.VolumeMount{Name: "nope"}, err: "nope"},
	}
	expand := func(s string) string { return strings.ReplaceAll(s, "$(N)", "n") }
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.mount.MountPath = "/m"
			got, err := f.Mounts(&corev1.Container{VolumeMounts: []corev1.VolumeMount{tt.mount}}, expand)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want an error with %q", err, tt.err)
				}
				return
			}
			if err != nil || got[0].Source != tt.source || got[0].ReadOnly != tt.readOnly || got[0].Target != "/m" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}
