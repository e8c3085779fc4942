package hints_test

import (
	"testing"

	"github.com/headgate-ci/headgate/ci/internal/hints"
)

// Who calls the module from a CI job has no headgate program to type.
func TestWhatToTypeIsACall(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct{ said, want string }{
		"a release by its name":       {"`headgate resume shop -n prod` to go on", "`dagger call … resume --name shop --namespace prod` to go on"},
		"flags that both have":        {"or `headgate rollback shop -n prod --force`", "or `dagger call … rollback --name shop --namespace prod --force`"},
		"a namespace is no name":      {"`headgate status -n prod shop`", "`dagger call … status --namespace prod --name shop`"},
		"broken by a terminal's edge": {"`headgate resume shop\n          -n prod` to go on", "`dagger call … resume --name shop --namespace prod` to go on"},
		"no function follows":         {"`headgate attach shop -n prod` follows it", "`dagger call … status --name shop --namespace prod` follows it"},
		"a flag without a meaning":    {"watch it with `headgate status shop --follow`", "watch it with `dagger call … status --name shop`"},
		"another name":                {"`headgate apply -k k8s/prod`", "`dagger call … deploy --manifests k8s/prod`"},
		"a flag by another name":      {"`headgate apply --release FILE`", "`dagger call … deploy --file FILE`"},
		"the release file":            {"`headgate run -f headgate.yaml`", "`dagger call … run --file headgate.yaml`"},
		"everything on record":        {"`headgate list -A` shows", "`dagger call … list --all-namespaces` shows"},
		"no function does it":         {"`headgate rbac -n prod` prints", "`dagger call … cli with-exec --args headgate,rbac,-n,prod stdout` prints"},
		"several":                     {"`headgate pause a`, `headgate promote a`", "`dagger call … pause --name a`, `dagger call … promote --name a`"},
		"a sentence about it":         {"headgate says `kubectl get pods`", "headgate says `kubectl get pods`"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			if got := hints.Said(c.said); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
