package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// run runs a command of a client's on the node, with the client's streams,
// until it ends or the client is gone.
func (s *supervisor) run(ctx context.Context, r request, streams []*os.File, in *json.Decoder) (reply, error) {
	if len(r.Argv) == 0 || len(streams) != 3 {
		return reply{}, errors.New("no command, or not three streams")
	}
	env := environment(r.Env, inside(s.order.Dir))
	path, err := lookPath(r.Argv[0], env)
	if err != nil {
		return reply{}, err
	}
	cmd := &exec.Cmd{
		Path: path, Args: r.Argv, Env: env, Dir: r.Dir,
		Stdin: streams[0], Stdout: streams[1], Stderr: streams[2],
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if err := cmd.Start(); err != nil {
		return reply{}, fmt.Errorf("run %s: %w", r.Argv[0], err)
	}
	group := -cmd.Process.Pid
	go func() {
		defer unix.Kill(group, unix.SIGKILL) //nolint:errcheck // it may have ended
		for {
			var sig signalled
			if in.Decode(&sig) != nil || ctx.Err() != nil {
				return
			}
			_ = unix.Kill(group, unix.Signal(sig.Signal)) // it may have ended
		}
	}()
	_ = cmd.Wait() // how it ended is in ProcessState
	return reply{Exit: exitCode(cmd.ProcessState)}, nil
}

// exitCode is what a shell would say.
func exitCode(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

// proxies are variables that lead to the world outside, which is out of reach
// on the node.
var proxies = []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}

// environment is a client's, with the kubeconfig that works on the node.
func environment(env []string, kubeconfig string) []string {
	out := []string{"KUBECONFIG=" + kubeconfig}
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if name != "KUBECONFIG" && !slices.Contains(proxies, strings.ToUpper(name)) {
			out = append(out, kv)
		}
	}
	return out
}

// lookPath finds a command by the client's PATH.
func lookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, kv := range env {
		if dirs, ok := strings.CutPrefix(kv, "PATH="); ok {
			for dir := range strings.SplitSeq(dirs, ":") {
				if path, err := exec.LookPath(dir + "/" + name); err == nil {
					return path, nil
				}
			}
		}
	}
	return "", fmt.Errorf("run %s: %w", name, exec.ErrNotFound)
}
