package testenv_test

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/testenv"
)

func TestLoadedImageRuns(t *testing.T) {
	t.Parallel()
	env := sharedEnv(t)
	if err := env.LoadImage(testenv.Image{Ref: "team/greeter:1", Command: []string{"sh", "-c", "echo hello from an image"}}); err != nil {
		t.Fatal(err)
	}
	pods := client(t, env).CoreV1().Pods("default")
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "greeter"},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever,
			Containers:    []corev1.Container{{Name: "greeter", Image: "team/greeter:1"}},
		},
	}
	eventually(t, func() string { // the namespace gets its service account in a moment
		if _, err := pods.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
			return err.Error()
		}
		return ""
	})
	t.Cleanup(func() {
		if err := pods.Delete(context.Background(), pod.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	eventually(t, func() string {
		got, err := pods.Get(t.Context(), pod.Name, metav1.GetOptions{})
		if err != nil {
			return err.Error()
		}
		if got.Status.Phase != corev1.PodSucceeded {
			return "the Pod is " + string(got.Status.Phase)
		}
		return ""
	})
	log, err := pods.GetLogs(pod.Name, &corev1.PodLogOptions{}).DoRaw(t.Context())
	if err != nil || string(log) != "hello from an image\n" {
		t.Errorf("its log is %q, %v", log, err)
	}
}

func TestImageThatCannotBeLoaded(t *testing.T) {
	t.Parallel()
	env := &testenv.Env{Dir: t.TempDir()}
	for reason, c := range map[string]struct {
		image testenv.Image
		says  string
	}{
		"no program":            {testenv.Image{Ref: "a:1"}, "REF PROGRAM"},
		"no reference":          {testenv.Image{Command: []string{"sh"}}, "REF PROGRAM"},
		"a program not on PATH": {testenv.Image{Ref: "a:1", Command: []string{"no-such-program"}}, "no-such-program"},
	} {
		if err := env.LoadImage(c.image); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", reason, err)
		}
	}
}

// Whoever loads the same image at the same time gets it, and nothing else is left.
func TestImageLoadedByManyAtOnce(t *testing.T) {
	t.Parallel()
	env := &testenv.Env{Dir: t.TempDir()}
	errs := make(chan error)
	for range 50 {
		go func() { errs <- env.LoadImage(testenv.Image{Ref: "a:1", Command: []string{"sh"}}) }()
	}
	for range 50 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	files := 0
	err := filepath.WalkDir(env.Dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files++
		}
		return err
	})
	if err != nil || files != 1 {
		t.Errorf("%d files, %v", files, err)
	}
}
