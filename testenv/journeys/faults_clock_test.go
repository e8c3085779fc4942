package journeys_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/rollout"
)

// TestClockJumps rolls out by a machine whose clock goes an hour forward and back
// every second. A clock of the kernel's cannot be set for one process, so the
// program is built with another time.Now; no more than that is different.
func TestClockJumps(t *testing.T) {
	wanted(t, false) // the whole program is compiled anew
	program := jumpy(t)
	throughout(t, false, "the driver's clock jumps by an hour every second", always, func(c *cell) {
		c.program = program
		c.drive("")
		c.endsPromoted(rollout.StepSpec{})
	})
}

// jumpy builds the program under test with a clock that jumps.
func jumpy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const reads = "sec, nsec, mono := runtimeNow()\n"
	changed := strings.Replace(string(source), reads, reads+"\tsec += mono / 1e9 % 2 * 3600\n", 1)
	if changed == string(source) {
		t.Fatalf("time.Now of this toolchain does not read its clock by %q", reads)
	}
	other, overlay := filepath.Join(dir, "time.go"), filepath.Join(dir, "overlay.json")
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {file: other}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{other: []byte(changed), overlay: replaced} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "headgate")
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, "../..").CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("build headgate with a clock that jumps: %w\n%s", err, out))
	}
	return program
}
