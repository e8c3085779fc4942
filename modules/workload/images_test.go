package workload

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestImages(t *testing.T) {
	t.Parallel()
	const newer = "headgate/x:2"
	for _, tc := range []struct {
		reason string
		edit   [2]string // of the fixture
		images map[string]string
		want   []ImageChange
		err    string
	}{
		{reason: "no name: the container called like the Deployment", images: map[string]string{"": newer},
			want: []ImageChange{{"sample", "headgate/sample:1.0.0", newer}}},
		{reason: "no name, but a default container is marked", edit: [2]string{"annotations: {proxy", "annotations: {kubectl.kubernetes.io/default-container: helper, proxy"},
			images: map[string]string{"": newer}, want: []ImageChange{{"helper", "headgate/helper:1", newer}}},
		{reason: "no name, none called like it: the first", edit: [2]string{"- name: sample\n", "- name: app\n"},
			images: map[string]string{"": newer}, want: []ImageChange{{"helper", "headgate/helper:1", newer}}},
		{reason: "init containers can be named", images: map[string]string{"prepare": newer, "helper": newer},
			want: []ImageChange{{"prepare", "headgate/prepare:1", newer}, {"helper", "headgate/helper:1", newer}}},
		{reason: "what runs already", images: map[string]string{"": "headgate/sample:1.0.0"}},
		{reason: "a typo", images: map[string]string{"sampel": newer}, err: `has no container "sampel"; it has helper, sample, prepare`},
		{reason: "an empty image", images: map[string]string{"sample": ""}, err: `image of container "sample" is empty`},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			t.Parallel()
			dep := parse(t, strings.Replace(sampleYAML, tc.edit[0], tc.edit[1], 1))
			got, err := withImages(dep, tc.images)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) || !strings.Contains(err.Error(), "Deployment demo/sample") {
					t.Fatalf("error %v, want one about %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, imageChanges(dep, got)); d != "" {
				t.Errorf("changes (-want +got):\n%s", d)
			}
		})
	}
}
