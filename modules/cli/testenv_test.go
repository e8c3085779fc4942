package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/testenv"
)

// What is up is advertised, and nothing else.
func TestAMeshWithoutTheSampleDoesNotSendPeopleToIt(t *testing.T) {
	t.Parallel()
	e := &testenv.Env{Name: "default", Gateway: "http://127.0.0.1:8080"}
	for sample, want := range map[bool]bool{true: true, false: false} {
		var out bytes.Buffer
		printUse(&out, e, sample)
		if got := strings.Contains(out.String(), "sample.example.com") || strings.Contains(out.String(), "sample.demo"); got != want {
			t.Errorf("with the sample %v: %s", sample, &out)
		}
		if !strings.Contains(out.String(), e.Gateway) {
			t.Errorf("the gateway is not told: %s", &out)
		}
	}
}
