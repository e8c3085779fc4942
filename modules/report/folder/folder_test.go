package folder_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/folder"
	"github.com/headgate-ci/headgate/modules/report/internal/sample"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestAFolderHasEveryFileAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	f, err := folder.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []report.Result{{Release: "shop", Verdict: report.Unfinished}, sample.Promoted()} {
		if err := f.Write(r, r.Verdict.ExitCode()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{folder.Dotenv, folder.JUnit, folder.Metrics, folder.HTML, folder.JSON, folder.Markdown}
	slices.Sort(want)
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	data, err := os.ReadFile(filepath.Join(dir, folder.JSON))
	if err != nil {
		t.Fatal(err)
	}
	var back report.Result
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample.Promoted(), back); diff != "" {
		t.Errorf("report.json is not the result (-was +is):\n%s", diff)
	}
}

func TestAFolderThatCannotBeIsToldAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Open(filepath.Join(file, "report")); err == nil || !strings.Contains(err.Error(), "report's folder") {
		t.Errorf("got %v", err)
	}
}
