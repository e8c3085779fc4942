package fuzzing

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
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
// of its package, to be committed with its cure.
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
			said := x.play(t, span)
			if strings.Contains(said, "without coverage guidance") {
				t.Errorf("played blindly: %s is no longer the module", module)
			}
			t.Log(lastLine(said, "fuzz: elapsed"))
		})
	}
}

// module are the packages whose branches guide the search. `go test -fuzz` lets
// all that is linked guide it, and looking through the counters of Kubernetes'
// client costs some fifty times as much as the input itself.
const module = "github.com/headgate-ci/headgate/..."

// play runs a target and returns what it printed.
func (x target) play(t *testing.T, span string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "fuzz.test")
	x.run(t, "go", "test", "-c", "-gcflags="+module+"=-d=libfuzzer", "-o", program, ".")
	found := filepath.Join(x.run(t, "go", "env", "GOCACHE"), "fuzz", x.run(t, "go", "list", "."))
	return x.run(t, program, "-test.run=^$", "-test.fuzz=^"+x.name+"$", "-test.fuzztime="+span,
		"-test.fuzzminimizetime=1000x", "-test.fuzzcachedir="+found, "-test.parallel=1", "-test.timeout=0")
}

// run runs a command in the target's folder, behind everything else.
func (x target) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = x.folder
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CI=") })
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	started, err := behind(cmd)
	if err != nil {
		t.Log(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return strings.TrimSpace(out.String())
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
