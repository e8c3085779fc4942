package cli

import (
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/deploy"
)

// What was not applied is said like what was.
func TestApplySaysWhatIsLeftToARollout(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		result deploy.Result
		want   string
	}{
		"there is a version to go on from": {
			deploy.Result{Left: []string{"Deployment shop/web", "ConfigMap shop/web"}},
			"Deployment shop/web left to `headgate run`\nConfigMap shop/web left to `headgate run`\n",
		},
		"there is none yet": {
			deploy.Result{Installed: "Deployment shop/web"},
			"Deployment shop/web was not there yet: it is installed as the manifests say, without a rollout\n",
		},
	} {
		var b strings.Builder
		if err := writeChanges(&b, &c.result, true); err != nil || b.String() != c.want {
			t.Errorf("%s: got %q, %v", reason, b.String(), err)
		}
	}
}
