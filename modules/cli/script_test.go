package cli_test

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/headgate-ci/headgate/modules/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"headgate": func() { os.Exit(cli.Main(context.Background(), cli.OSEnv(), os.Args[1:])) },
	})
}

// TestScripts are what people type where no cluster is needed, and what they
// see then.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("KUBECONFIG", "")
			return nil
		},
	})
}
