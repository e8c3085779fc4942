package binaries

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// variable names the environment variable that puts a program in a place:
// HEADGATE_KUBE_APISERVER for kube-apiserver.
func variable(name string) string {
	return "HEADGATE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// standIns are the programs that this machine has already, by name.
func standIns(ctx context.Context, ps []program) (map[string]string, error) {
	own := map[string]string{}
	for _, p := range ps {
		path, err := standIn(ctx, p)
		if err != nil {
			return nil, err
		}
		if path != "" {
			own[p.name] = path
		}
	}
	return own, nil
}

// standIn is the path of one of them, empty when there is none.
func standIn(ctx context.Context, p program) (string, error) {
	if own := os.Getenv(variable(p.name)); own != "" {
		path, err := exec.LookPath(own)
		if err != nil {
			return "", fmt.Errorf("%s is no program: %w", variable(p.name), err)
		}
		return filepath.Abs(path)
	}
	if p.fits == "" {
		return "", nil
	}
	path, err := exec.LookPath(p.name)
	if err != nil || !tells(ctx, path, p.fits) {
		return "", nil //nolint:nilerr // then it is built
	}
	return filepath.Abs(path)
}

// tells reports whether a program's version contains a text.
func tells(ctx context.Context, path, fits string) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	return err == nil && bytes.Contains(out, []byte(fits))
}

// missing are the programs for which there is no stand-in.
func missing(ps []program, own map[string]string) []program {
	var left []program
	for _, p := range ps {
		if _, ok := own[p.name]; !ok {
			left = append(left, p)
		}
	}
	return left
}
