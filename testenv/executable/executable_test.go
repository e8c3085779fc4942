package executable_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/headgate-ci/headgate/testenv/executable"
)

// TestAProgramStartsAsSoonAsItIsWritten while the process starts others all the
// time, each of which could have it open still.
func TestAProgramStartsAsSoonAsItIsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const script = "#!/bin/sh\nexit 0\n"
	text := script + strings.Repeat("#\n", 1<<19)
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 25 {
				path := filepath.Join(dir, strconv.Itoa(w)+"-"+strconv.Itoa(i))
				if err := executable.Write(path, strings.NewReader(text)); err != nil {
					t.Error(err)
					return
				}
				if err := exec.CommandContext(t.Context(), path).Run(); err != nil {
					t.Error(err)
				}
				if err := os.Remove(path); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
}

func TestAnotherProgramMayRunUnderThePath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "program")
	if err := executable.Write(path, strings.NewReader("#!/bin/sh\necho up; read line; echo old\n")); err != nil {
		t.Fatal(err)
	}
	old := exec.CommandContext(t.Context(), path)
	in, err := old.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := old.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(out)
	if up, err := said.ReadString('\n'); err != nil || up != "up\n" {
		t.Fatalf("the program that ran said %q: %v", up, err)
	}
	if err := executable.Write(path, strings.NewReader("#!/bin/sh\necho new\n")); err != nil {
		t.Error(err)
	}
	_ = in.Close()
	if last, err := said.ReadString('\n'); err != nil || last != "old\n" {
		t.Errorf("the program that ran said %q: %v", last, err)
	}
	if err := old.Wait(); err != nil {
		t.Error(err)
	}
	if got, err := exec.CommandContext(t.Context(), path).Output(); err != nil || string(got) != "new\n" {
		t.Errorf("the program that was written says %q: %v", got, err)
	}
}
