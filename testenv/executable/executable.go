// Package executable writes programs that are started at once. A process that is
// forked while a file is open for writing has it open too, for as long as it takes to
// become another program; until then the kernel refuses to start the file ("text file
// busy"), however long ago its writer closed it.
package executable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Write stores a program under a path, whole or not at all; a program that runs
// under that path goes on. This process starts no other meanwhile.
func Write(path string, program io.Reader) error {
	syscall.ForkLock.RLock() // taken for writing by whoever forks
	defer syscall.ForkLock.RUnlock()
	tmp, err := os.CreateTemp(filepath.Dir(path), "part")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // renamed by then, or useless
	if _, err := io.Copy(tmp, program); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := errors.Join(tmp.Chmod(0o755), tmp.Close()); err != nil { // whatever the umask is
		return err
	}
	return os.Rename(tmp.Name(), path)
}
