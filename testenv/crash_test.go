package testenv_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/headgate-ci/headgate/testenv"
	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// ownerRole is a process that brings an environment up, says so and waits.
const ownerRole = "headgate-test-owner"

func init() {
	reexec.Register(ownerRole, func() {
		env, err := testenv.Up(context.Background(), testenv.Options{Name: os.Args[1], Owned: true})
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(env)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {}
	})
}

func TestCrashOfTheOwnerLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	needMesh(t)
	if _, err := shared(); err != nil { // what takes long has been built
		t.Fatal(err)
	}
	owner := &exec.Cmd{Path: reexec.Program(), Args: []string{ownerRole, unique("crash")}, Stderr: os.Stderr}
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	var env testenv.Env
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&env); err != nil {
		t.Fatal(err)
	}
	pids := family(t, env.PID)
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // it was killed
	eventually(t, func() string { return leftOver(&env, pids) })
}

func TestCrashOfTheSupervisorEndsAllElse(t *testing.T) {
	t.Parallel()
	env := up(t, "supervisor")
	pids := family(t, env.PID)
	// The supervisor is the first process's only child of its own.
	supervisor, err := os.FindProcess(pids[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := supervisor.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string { return leftOver(&testenv.Env{Dir: "/nonexistent"}, pids) })
	again, err := testenv.Up(t.Context(), testenv.Options{Name: env.Name, Owned: true})
	if err != nil {
		t.Fatalf("the name cannot be used again: %v", err)
	}
	if err := again.Down(t.Context()); err != nil {
		t.Error(err)
	}
}
