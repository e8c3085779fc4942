package release_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/release"
)

// head is lines 1 to 3 of most files below.
const head = "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample}\n"

// mistakes are files with one reason each to be refused, and what is then said.
// The file's own name, f.yaml, is left out of the messages.
type mistakes map[string]struct{ file, want string }

// expectMistakes holds that every mistake is named with its place and with what
// to write instead, and that nothing else is said.
func expectMistakes(t *testing.T, all mistakes) {
	t.Helper()
	for reason, c := range all {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			expectMistake(t, c.file, c.want)
		})
	}
}

func expectMistake(t *testing.T, file, want string) {
	t.Helper()
	r, err := release.Decode("f.yaml", []byte(file))
	if err == nil {
		t.Fatal("accepted")
	}
	if r != nil {
		t.Error("a Release is returned together with the error")
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(strings.ReplaceAll(err.Error(), "f.yaml:", ""), "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var all release.Errors
	if !errors.As(err, &all) || len(all) != strings.Count(want, "\n")+1 {
		t.Errorf("%T does not list the mistakes one by one", err)
	}
}
