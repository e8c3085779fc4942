package main

import (
	"errors"
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"sigs.k8s.io/yaml"
)

// dagger stands in for the CLI: it notes its arguments, and exports a report or
// fails as an engine does.
const dagger = `#!/bin/sh
echo "$@" >> "$FAKE/args"
if [ -n "$FAKE_ERROR" ]; then echo "! $FAKE_ERROR" >&2; exit 1; fi
echo "canary: looking" >&2
for last in "$@"; do :; done
mkdir -p "$last"
echo "gate 10% failed" > "$last/summary.txt"
echo "$FAKE_CODE" > "$last/exit-code"
echo "HEADGATE_VERDICT=rolledBack" > "$last/headgate.env"
echo "# rolled back" > "$last/report.md"
`

// recipes are what a CI job runs, each as one script.
func recipes(t *testing.T) map[string]string {
	sh, err := filepath.Abs("docs/ci/headgate.sh")
	if err != nil {
		t.Fatal(err)
	}
	var gitlab map[string]struct{ Script []string }
	parseYAML(t, "docs/ci/gitlab/headgate.gitlab-ci.yml", &gitlab)
	var github struct {
		Jobs map[string]struct{ Steps []struct{ Name, Run string } }
	}
	parseYAML(t, ".github/workflows/headgate.yml", &github)
	var steps []string
	for _, s := range github.Jobs["call"].Steps {
		if s.Name == "Call" || s.Name == "Verdict" {
			steps = append(steps, "(set -eo pipefail\n"+s.Run+")\ncode=$?\n[ $code = 0 ] || exit $code")
		}
	}
	return map[string]string{
		"headgate.sh": "exec sh '" + sh + "' $HEADGATE_CALL",
		"GitLab":      "set -eo pipefail\n" + strings.Join(gitlab[".headgate"].Script, "\n"),
		"GitHub":      strings.Join(steps, "\n"),
	}
}

func parseYAML(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// job is one run of a recipe.
type job struct {
	dir, said, args, summary string
	code                     int
}

func runJob(t *testing.T, script string, prepare func(dir string), env ...string) job {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash on PATH, in which GitLab's and GitHub's jobs run")
	}
	dir, bin := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "dagger"), []byte(dagger), 0o755); err != nil {
		t.Fatal(err)
	}
	prepare(dir)
	cmd := exec.CommandContext(t.Context(), bash, "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append([]string{
		"PATH=" + bin + ":" + os.Getenv("PATH"), "FAKE=" + bin, "FAKE_CODE=0", "FAKE_ERROR=", "HEADGATE_MODULE=the-module", "HEADGATE_REPORT=", "HEADGATE_PROGRAM=",
		"HEADGATE_CALL=cluster --kubeconfig env:K canary --name shop", "GITHUB_STEP_SUMMARY=" + bin + "/summary", "GITHUB_OUTPUT=" + bin + "/output",
	}, env...)...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return job{dir: dir, said: string(out), code: cmd.ProcessState.ExitCode(), args: written(bin, "args"), summary: written(bin, "summary")}
}

// written is a file's text; empty where there is none.
func written(dir, name string) string {
	text, _ := os.ReadFile(filepath.Join(dir, name))
	return string(text)
}

func put(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte("earlier\n"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The job ends as the rollout did, and keeps this rollout's report.
func TestRecipesEndAsTheRolloutDid(t *testing.T) {
	for runner, script := range recipes(t) {
		for _, code := range []int{0, 3, 4} {
			j := runJob(t, script, func(dir string) { put(t, dir, "headgate-report/report.json", "headgate-report/junit.xml") }, "FAKE_CODE="+strconv.Itoa(code))
			if j.code != code || !strings.Contains(j.said, "gate 10% failed") {
				t.Errorf("%s: ended with %d, want %d, and said %s", runner, j.code, code, j.said)
			}
			const want = "-m the-module cluster --kubeconfig env:K canary --name shop --allow-failure report export --path headgate-report"
			if !strings.Contains(j.args, want) {
				t.Errorf("%s: called dagger %s", runner, j.args)
			}
			if written(j.dir, "headgate-report/junit.xml") != "" {
				t.Errorf("%s: the report has a file of an earlier rollout", runner)
			}
		}
	}
}

// A call that has no result is told where the job's result would be.
func TestRecipesTellOfACallWithoutAResult(t *testing.T) {
	for runner, script := range recipes(t) {
		j := runJob(t, script, func(dir string) { put(t, dir, "headgate-report/report.json", "headgate-report/exit-code") }, "FAKE_ERROR=no cluster there")
		if j.code != 1 || !strings.Contains(j.said, "no cluster there") || strings.Contains(j.said, "earlier") {
			t.Errorf("%s: ended with %d and said %s", runner, j.code, j.said)
		}
		if runner == "GitHub" && !strings.Contains(j.summary, "no cluster there") {
			t.Errorf("%s: the job's summary is %q", runner, j.summary)
		}
	}
}

// An earlier job has built the program; an engine that starts empty does not.
func TestRecipesHandTheProgramOver(t *testing.T) {
	for runner, script := range recipes(t) {
		j := runJob(t, script, func(dir string) { put(t, dir, ".headgate/program") })
		if !strings.Contains(j.args, "-m the-module --program .headgate/program cluster") {
			t.Errorf("%s: called dagger %s", runner, j.args)
		}
	}
}

// What is not a report is nobody's to remove.
func TestHeadgateShLeavesOtherFoldersAlone(t *testing.T) {
	j := runJob(t, recipes(t)["headgate.sh"], func(dir string) { put(t, dir, "work/notes.txt") }, "HEADGATE_REPORT=work")
	if j.code == 0 || !strings.Contains(j.said, "HEADGATE_REPORT") || written(j.dir, "work/notes.txt") == "" {
		t.Errorf("ended with %d and said %s", j.code, j.said)
	}
}

// The compiler's silence lasts minutes; its errors are told, and its exit code
// counts.
func TestCompilingIsTold(t *testing.T) {
	var script string
	ast.Inspect(parse(t, "ci/program.go").File, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Names[0].Name == "compile" {
			script, _ = strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		}
		return true
	})
	if script == "" {
		t.Fatalf("ci/program.go has no %s compile", token.CONST)
	}
	for reason, c := range map[string]struct {
		goes string
		code int
		says []string
	}{
		"well":  {"i=0; while [ $i -lt 250 ]; do i=$((i+1)); echo example.com/a/b$i; done >&2", 0, []string{"minutes the first time", "--program", "200 packages compiled"}},
		"badly": {"echo '# example.com/a'; echo './a.go:1:1: undefined: b' >&2; exit 2", 2, []string{"undefined: b"}},
	} {
		bin := t.TempDir()
		if err := os.WriteFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\n"+c.goes+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		script := strings.ReplaceAll(script, "/tmp/code", filepath.Join(bin, "code"))
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script, "compile", "-o", "x", ".")
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != c.code {
			t.Errorf("%s: exit code %d, want %d: %s", reason, got, c.code, out)
		}
		for _, part := range c.says {
			if !strings.Contains(string(out), part) {
				t.Errorf("%s: %q is not in %s", reason, part, out)
			}
		}
		if strings.Contains(string(out), "example.com/a/b7\n") {
			t.Errorf("%s: every package is named: %s", reason, out)
		}
	}
}

// The program's packages are tested where no engine is.
func TestDaggerModulePackages(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "test", "./internal/hints", "./internal/counted")
	cmd.Dir = "ci"
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly -buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// callFlag is a flag of a dagger call.
var callFlag = regexp.MustCompile(`(?:^|[\s\x60(])--([a-z][a-z-]*)`)

// What recipes and pages call is there, by that name.
func TestRecipesCallWhatThereIs(t *testing.T) {
	known := map[string]bool{}
	for _, others := range []string{
		"progress path help address name", // dagger's and export's own, and a service's
		"raw flatten minify",              // kubectl's
		"iteration-count no-cache",        // newman's, apk's
	} {
		for _, flag := range strings.Fields(others) {
			known[flag] = true
		}
	}
	for _, args := range functions(t) {
		for _, arg := range args {
			known[kebab(arg)] = true
		}
	}
	for _, path := range []string{"docs/ci/README.md", "docs/ci/headgate.sh", "docs/ci/gitlab/headgate.gitlab-ci.yml", "docs/ci/gitlab/pipeline.gitlab-ci.yml", "docs/ci/github/pipeline.yml"} {
		text := written(".", path)
		for _, m := range callFlag.FindAllStringSubmatch(text, -1) {
			if !known[m[1]] {
				t.Errorf("%s has --%s, which no function takes", path, m[1])
			}
		}
		if len(callFlag.FindAllString(text, -1)) == 0 {
			t.Errorf("%s has no call", path)
		}
	}
}

// kebab is an argument as the CLI has it.
func kebab(arg string) string {
	var b strings.Builder
	for i, r := range strings.ReplaceAll(arg, "API", "Api") {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// The example's integration tests run in a container, where localhost is nobody,
// and say nothing of the service's metrics by themselves.
func TestRecipesTestTheDeployedService(t *testing.T) {
	if text := written("docs/example", "tests/integration/dev-environment.json"); !strings.Contains(text, `"base"`) || strings.Contains(text, "localhost") {
		t.Errorf("the example's environment is %s", text)
	}
	for _, path := range []string{"docs/ci/gitlab/pipeline.gitlab-ci.yml", "docs/ci/github/pipeline.yml"} {
		_, call, _ := strings.Cut(written(".", path), "integration-test --source")
		call, _, _ = strings.Cut(call, "\n\n")
		for _, flag := range []string{"--env-var base=", "DEV_URL", "--verify", "--namespace"} {
			if !strings.Contains(call, flag) {
				t.Errorf("%s: integration-test has no %s: %s", path, flag, call)
			}
		}
	}
}

// A first delivery has nothing to roll out from, and Services and routes change,
// too: all but the new version is applied before its rollout.
func TestRecipesDeliverProductionsManifests(t *testing.T) {
	for _, path := range []string{"docs/ci/gitlab/pipeline.gitlab-ci.yml", "docs/ci/github/pipeline.yml"} {
		text := written(".", path)
		deploy, run := strings.Index(text, "deploy --source . --manifests k8s/overlays/prod"), strings.Index(text, "run --source . --manifests k8s/overlays/prod")
		if deploy < 0 || run < deploy || !strings.Contains(text[deploy:run], "--file headgate.yaml") {
			t.Errorf("%s does not deploy production's manifests before the rollout", path)
		}
	}
}
