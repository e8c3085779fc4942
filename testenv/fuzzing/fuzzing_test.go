package fuzzing

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// root is the repository's, seen from here.
const root = "../.."

// EnvTime says for how long each target is played, in the words of
// `go test -fuzztime`: 60s, or 10000000x for that many inputs.
const EnvTime = "HEADGATE_FUZZ"

// inCI is the time that each target gets in CI.
const inCI = "60s"

// target is one fuzz target.
type target struct{ folder, name string }

var declared = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(\w+ \*testing\.F\)`)

// targets finds every one in the repository.
func targets(t *testing.T) []target {
	t.Helper()
	var out []target
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range declared.FindAllStringSubmatch(string(data), -1) {
			out = append(out, target{filepath.Dir(path), m[1]})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// needed are what must be fuzzed: what Headgate reads that others have written.
var needed = map[string]string{
	"modules/release":         "the Release file",
	"modules/rollout":         "the Journal",
	"modules/metrics/envoy":   "the counters' text",
	"modules/metrics/counter": "counters that jump and reset",
	"modules/traffic/istio":   "the edit of a VirtualService",
}

func TestEverythingThatIsReadIsFuzzed(t *testing.T) {
	t.Parallel()
	all := targets(t)
	for folder, what := range needed {
		if !slices.ContainsFunc(all, func(x target) bool { return filepath.ToSlash(x.folder) == root+"/"+folder }) {
			t.Errorf("%s has no fuzz target: %s", folder, what)
		}
	}
}

// TestTargetsForAWhile plays each target; a crasher is kept below testdata/fuzz
// of its package by the go command, to be committed with its cure.
func TestTargetsForAWhile(t *testing.T) {
	span := os.Getenv(EnvTime)
	if span == "" && os.Getenv("CI") != "" && !testing.Short() {
		span = inCI
	}
	if span == "" {
		t.Skip("plays in CI, or with " + EnvTime + "=60s")
	}
	for _, x := range targets(t) {
		t.Run(x.name, func(t *testing.T) {
			if err := behind(); err != nil {
				t.Log(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
			defer cancel()
			cmd := exec.CommandContext(ctx, "go", "test", "-run=^$", "-fuzz=^"+x.name+"$", "-fuzztime="+span, "-parallel=1", "-timeout=0", ".")
			cmd.Dir = x.folder
			cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CI=") })
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Log(lastLine(string(out), "fuzz: elapsed"))
		})
	}
}

// lastLine is the last line that begins so.
func lastLine(text, begin string) string {
	last := ""
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, begin) {
			last = strings.TrimSpace(line)
		}
	}
	return last
}
