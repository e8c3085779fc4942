package keeper

import "testing"

func TestOf(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		labels, annotations map[string]string
		want                string
	}{
		"nobody's":                    {map[string]string{"app": "sample"}, map[string]string{"example.com/owner": "me"}, ""},
		"Argo CD, by annotation":      {nil, map[string]string{"argocd.argoproj.io/tracking-id": "x"}, "Argo CD"},
		"Argo CD, by label":           {map[string]string{"argocd.argoproj.io/instance": "x"}, nil, "Argo CD"},
		"Flux":                        {map[string]string{"kustomize.toolkit.fluxcd.io/name": "x"}, nil, "Flux"},
		"Helm":                        {map[string]string{"app.kubernetes.io/managed-by": "Helm"}, map[string]string{"meta.helm.sh/release-name": "x"}, "Helm"},
		"a chart that Flux installs":  {map[string]string{"helm.toolkit.fluxcd.io/name": "x"}, map[string]string{"meta.helm.sh/release-name": "x"}, "Flux"},
		"a chart that was only drawn": {map[string]string{"app.kubernetes.io/managed-by": "Helm"}, nil, ""},
	} {
		if got := Of(tt.labels, tt.annotations); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
