//go:build !linux

package reexec

import "os"

// Program is the path of this very program.
func Program() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}
