package release_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/release"
)

// What flags add to a file, and what becomes of it.
func TestComplete(t *testing.T) {
	t.Parallel()
	const named = "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample, namespace: demo}\n"
	for reason, c := range map[string]struct {
		file      string
		add       release.Overrides
		namespace string
		images    map[string]string
	}{
		"the image comes from the command line":      {named, release.Overrides{Image: "a:2"}, "demo", map[string]string{"": "a:2"}},
		"and takes the file's place":                 {named + "spec: {candidate: {image: a:1}}", release.Overrides{Image: "a:2"}, "demo", map[string]string{"": "a:2"}},
		"one of several images":                      {named + "spec: {candidate: {images: {a: a:1, b: b:1}}}", release.Overrides{Images: map[string]string{"b": "b:2"}}, "demo", map[string]string{"a": "a:1", "b": "b:2"}},
		"several images where the file has none":     {named, release.Overrides{Images: map[string]string{"b": "b:2"}}, "demo", map[string]string{"b": "b:2"}},
		"manifests need no image":                    {named + "spec: {candidate: {manifests: [next]}}", release.Overrides{}, "demo", nil},
		"manifests with another image":               {named + "spec: {candidate: {manifests: [next]}}", release.Overrides{Image: "a:2"}, "demo", map[string]string{"": "a:2"}},
		"the namespace that was asked for":           {head, release.Overrides{Namespace: "a", DefaultNamespace: "b", Image: "a:2"}, "a", map[string]string{"": "a:2"}},
		"the kubeconfig's where nobody asked":        {head, release.Overrides{DefaultNamespace: "b", Image: "a:2"}, "b", map[string]string{"": "a:2"}},
		"the file's, whatever the kubeconfig says":   {named, release.Overrides{DefaultNamespace: "b", Image: "a:2"}, "demo", map[string]string{"": "a:2"}},
		"the file's, where the same was asked for":   {named, release.Overrides{Namespace: "demo", Image: "a:2"}, "demo", map[string]string{"": "a:2"}},
		"what serves already needs no new version":   {named, release.Overrides{Serving: true}, "demo", nil},
		"no namespace at all is the caller's affair": {head, release.Overrides{Image: "a:2"}, "", map[string]string{"": "a:2"}},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			r := decode(t, c.file)
			if err := r.Complete(c.add); err != nil {
				t.Fatal(err)
			}
			if got := r.Metadata.Namespace; got != c.namespace {
				t.Errorf("namespace %q, want %q", got, c.namespace)
			}
			if diff := cmp.Diff(c.images, r.Spec.Candidate.ByContainer()); diff != "" {
				t.Errorf("images: -want +got:\n%s", diff)
			}
		})
	}
}

func TestCompleteRefuses(t *testing.T) {
	t.Parallel()
	const clash = "spec.candidate: images by container and one image without a container exclude each other; name the container of each (`--image CONTAINER=IMAGE`)"
	for reason, c := range map[string]struct {
		spec string
		add  release.Overrides
		want string
	}{
		"nothing new":                   {"", release.Overrides{}, "spec.candidate: nothing new to roll out; write spec.candidate.image, or give `--image IMAGE`"},
		"which of several":              {"spec: {candidate: {images: {a: a:1}}}", release.Overrides{Image: "a:2"}, clash},
		"one image against several":     {"spec: {candidate: {image: a:1}}", release.Overrides{Images: map[string]string{"b": "b:2"}}, clash},
		"an image that is none":         {"", release.Overrides{Image: "a b"}, `spec.candidate.image: "a b" is not an image; want one such as headgate/sample:1.1.0`},
		"another namespace":             {"metadata: {name: sample, namespace: demo}", release.Overrides{Namespace: "other", Image: "a:2"}, "metadata.namespace: demo in the file, but other was asked for; take one of them away"},
		"a namespace that is no name":   {"", release.Overrides{Namespace: "a.b", Image: "a:2"}, `metadata.namespace: "a.b" is not a name that Kubernetes takes: must not contain dots`},
		"an image of no container name": {"", release.Overrides{Images: map[string]string{"A": "b:2"}}, `spec.candidate.images.A: "A" is not a name that Kubernetes takes: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character`},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			file := head + c.spec
			if len(c.spec) > 8 && c.spec[:8] == "metadata" {
				file = "apiVersion: headgate.dev/v1\nkind: Release\n" + c.spec
			}
			err := decode(t, file).Complete(c.add)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// `headgate run sample --image …` needs no file and means the smallest one.
func TestNewIsTheSmallestFile(t *testing.T) {
	t.Parallel()
	got, err := release.New("sample", "demo", "headgate/sample:1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	want := decode(t, "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample, namespace: demo}\nspec: {candidate: {image: headgate/sample:1.1.0}}\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := release.New("", "demo", "")
	want := "metadata.name: missing; it is the name of the Deployment, such as sample\n" +
		"spec.candidate: nothing new to roll out; write spec.candidate.image, or give `--image IMAGE`"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
