package cli

import (
	"os"
	"testing"
)

func TestAnalyzingTheClusterMeansTheNamespaceOfTheReleaseAtHand(t *testing.T) {
	t.Chdir(t.TempDir())
	file := "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: web, namespace: shop}\nspec: {strategy: {canary: {steps: [5]}}}\n"
	if err := os.WriteFile(DefaultFile, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string]string{"": "shop", "other": "other"} {
		g := &Globals{Namespace: asked}
		(&AnalyzeCmd{Live: true}).locate(g)
		if g.Namespace != want {
			t.Errorf("-n %q analyzes namespace %q, want %q", asked, g.Namespace, want)
		}
	}
}
