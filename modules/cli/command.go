package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Trailing is a command of the user's that stands after two dashes. It is run
// as it is, without a shell.
type Trailing []string

// cutTrailing takes the command off the arguments of verify; others have a
// parser of their own for it.
func cutTrailing(args []string) ([]string, Trailing) {
	i := slices.Index(args, "--")
	if i < 0 || !slices.Contains(args[:i], "verify") {
		return args, nil
	}
	return args[:i], Trailing(args[i+1:])
}

// String names the command in a report: its program and, shortened, what
// follows. Arguments may hold secrets, so only those before the first flag are
// named.
func (t Trailing) String() string {
	words := []string{"command"}
	for _, w := range t {
		if strings.HasPrefix(w, "-") || len(words) > 3 || strings.ContainsAny(w, "=\n") {
			break
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// grace is what a command is given to end when this process was told to.
const grace = 10 * time.Second

// run runs the command with this process's streams.
func (t Trailing) run(env *Env) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		cmd := exec.CommandContext(ctx, t[0], t[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = env.Stdin, env.Stdout, env.Stderr
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = grace
		err := cmd.Run()
		var exit *exec.ExitError
		switch {
		case err == nil:
			return true, "exited with 0", nil
		case errors.As(err, &exit) && exit.ExitCode() >= 0:
			return false, fmt.Sprintf("exited with %d", exit.ExitCode()), nil
		case errors.As(err, &exit), ctx.Err() != nil:
			return false, "ended by " + err.Error(), nil
		}
		return false, "", fmt.Errorf("run %s: %w", t[0], err)
	}
}
