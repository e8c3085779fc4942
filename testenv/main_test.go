package testenv_test

import (
	"os"
	"testing"

	"github.com/headgate-ci/headgate/testenv"
)

func TestMain(m *testing.M) {
	if testenv.Reexec() {
		return
	}
	os.Exit(m.Run())
}
