// Package counted knows when a test command that ended well has run no test: many
// runners are content with that, and a pipeline would be green for nothing.
package counted

import "regexp"

// runner is how one says that it ran no tests, and that it ran some.
type runner struct{ name, none, some string }

var runners = []runner{
	{"go test", `(?m)(\[no test files\]|\[no tests to run\]|warning: no tests to run)`, `(?m)^(ok\s+\S+\s+(\(cached\)|[\d.]+s)(\s+coverage: .*)?$|--- (PASS|SKIP):)`},
	{"node --test", `(?m)^(#|ℹ) tests 0$`, `(?m)^(#|ℹ) tests [1-9]`},
	{"jest", `(?m)^No tests found`, `(?m)^Tests:\s.*[1-9]\d* total`},
	{"vitest", `(?m)^\s*No test files found`, `(?m)^\s*Tests\s.*[1-9]\d* (passed|skipped)`},
	{"mocha", `(?m)^\s*0 passing`, `(?m)^\s*[1-9]\d* (passing|pending)`},
	{"pytest", `(?m)(^collected 0 items|no tests ran in)`, `(?m)[1-9]\d* (passed|skipped|xfailed)`},
	{"unittest", `(?m)^Ran 0 tests in`, `(?m)^Ran [1-9]`},
	{"cargo test", `(?m)^running 0 tests$`, `(?m)^running [1-9]\d* tests?$`},
	{"gradle", `(?m)^> Task :\S*test NO-SOURCE`, `(?m)^> Task :\S*test( UP-TO-DATE| FROM-CACHE)?$`},
	{"maven", `(?m)No tests to run\.`, `(?m)Tests run: [1-9]`},
	{"dotnet test", `(?m)^No test is available in`, `(?m)(Passed|Total tests):\s+[1-9]`},
	{"rspec", `(?m)^0 examples, 0 failures`, `(?m)^[1-9]\d* examples?,`},
	{"phpunit", `(?m)^No tests executed!`, `(?m)^OK \([1-9]`},
}

// colours are a terminal's.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// None names the runner that said it has run no test, where none says that it has
// run any; empty else. Of runners that nobody knows here nothing is said.
func None(output string) string {
	output = colours.ReplaceAllString(output, "")
	idle := ""
	for _, r := range runners {
		if regexp.MustCompile(r.some).MatchString(output) {
			return ""
		}
		if idle == "" && regexp.MustCompile(r.none).MatchString(output) {
			idle = r.name
		}
	}
	return idle
}
