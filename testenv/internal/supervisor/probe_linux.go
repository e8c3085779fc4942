package supervisor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/google/nftables"

	"github.com/headgate-ci/headgate/testenv/internal/reexec"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// Check finds out whether an environment can run here, and whether it has to do
// without root.
func Check() (rootless bool, err error) {
	if os.Geteuid() == 0 {
		if err := probe(false); err == nil {
			return false, nil
		}
		// Root of a container may lack rights that a user namespace has.
	}
	if err := probe(true); err != nil {
		return true, &NamespaceError{err}
	}
	return true, nil
}

// probe makes the namespaces once, for a moment.
func probe(rootless bool) error {
	cmd := &exec.Cmd{Path: reexec.Program(), Args: []string{probeRole}, Env: []string{}, SysProcAttr: separate(rootless)}
	out, err := cmd.CombinedOutput()
	if text := strings.TrimSpace(string(out)); err != nil && text != "" {
		return errors.New(text)
	}
	return err
}

// try is the probe's role: it does everything that might be forbidden.
func try() {
	err := settle()
	if err == nil {
		err = sandbox.SetupNode(servicePrefix, nodeAddr)
	}
	if err == nil {
		err = filters()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func filters() error {
	c, err := nftables.New()
	if err == nil {
		_, err = c.ListTables()
	}
	if err != nil {
		return fmt.Errorf("use nftables: %w", err)
	}
	return nil
}
