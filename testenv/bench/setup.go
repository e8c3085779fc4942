package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/testenv"
	"github.com/headgate-ci/headgate/testenv/bench/contest"
)

// arena brings up what the rollouts need.
func arena(ctx context.Context, o options) (a *contest.Arena, done func(), err error) {
	root, err := repository(ctx)
	if err != nil {
		return nil, nil, err
	}
	if o.logs == "" {
		if o.logs, err = os.MkdirTemp("", "headgate-bench"); err != nil {
			return nil, nil, err
		}
	}
	if o.headgate == "" {
		o.headgate = filepath.Join(o.logs, "headgate")
		build := exec.CommandContext(ctx, "go", "build", "-o", o.headgate, ".")
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			return nil, nil, fmt.Errorf("build headgate: %w\n%s", err, out)
		}
	}
	env, down, err := mesh(ctx, o.env)
	if err != nil {
		return nil, nil, err
	}
	a = &contest.Arena{
		Env: env, Headgate: o.headgate, Tools: filepath.Join(root, "testenv", "bench", "tools"),
		WarmUp: contest.WarmUp, Dir: o.logs, Say: say,
	}
	if err := a.Open(ctx); err != nil {
		down()
		return nil, nil, err
	}
	return a, func() { a.Close(); down() }, nil
}

func mesh(ctx context.Context, name string) (*testenv.Env, func(), error) {
	if name != "" {
		env, err := testenv.Get(name)
		return env, func() {}, err
	}
	env, err := testenv.Up(ctx, testenv.Options{
		Name: fmt.Sprintf("bench-%d", os.Getpid()), Owned: true,
		Progress: func(p testenv.Progress) { say(p.String()) },
	})
	if err != nil {
		return nil, nil, err
	}
	return env, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if err := env.Down(ctx); err != nil {
			say(err.Error())
		}
	}, nil
}

// repository is the folder of the main module: the benchmark runs from a
// checkout, where the tools modules are.
func repository(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/headgate-ci/headgate").Output()
	if err != nil {
		return "", fmt.Errorf("find the repository (run this inside a checkout): %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func machine() string {
	model := runtime.GOARCH
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if _, value, ok := strings.Cut(line, "model name\t: "); ok {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d cores (%s), %s, %s", runtime.NumCPU(), model, runtime.GOOS, runtime.Version())
}
