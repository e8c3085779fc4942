// Package sandbox gives a Pod the surroundings it would have on a real node: a
// network namespace with an address of its own, and for each container a root
// file system, a process tree and a user of its own. It uses kernel namespaces
// directly, so it needs no container runtime, and works without root inside a
// user namespace.
//
// A container is this very program, started again under another name
// (containerRole): it arranges its namespaces from the inside and then becomes
// the container's command.
package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
)

// ErrUnsupported is what everything here returns where there are no namespaces.
var ErrUnsupported = errors.New("pods can only run on Linux: use a Linux machine, a virtual machine or a container with user namespaces")

// NetworkConfig describes the network namespace of one Pod.
type NetworkConfig struct {
	Pod     netip.Addr        // the Pod's address
	Node    netip.Addr        // the address of the node, the Pod's gateway
	Sysctls map[string]string // net.* settings to make in the namespace
}

// Spec is everything that one container needs to start.
type Spec struct {
	Root     string   // an empty folder on the host, used as a mount point
	Hostname string   // left as it is when empty
	Argv     []string // the command; a name without a slash is looked up in PATH of Env
	Env      []string // as in os/exec; nothing is inherited
	Dir      string   // working directory, made when missing; / when empty
	User     *User    // nil keeps the user of the caller, as rootless environments must

	Mounts []Mount           // in any order
	Files  map[string]string // small files in the root by absolute path, e.g. /etc/hosts

	ReadOnlyRoot bool // nothing but mounts can be written to
	NoNewPrivs   bool // forbid to gain rights by setuid programs
}

// User is who a container's command runs as.
type User struct {
	UID, GID uint32
	Groups   []uint32
}

// Mount shows a file or folder of the host inside a container.
type Mount struct {
	Source   string // on the host
	Target   string // absolute path inside, made when missing
	ReadOnly bool
	// Foreign marks what belongs to the user's machine and not to the Pod: it
	// is mounted with everything below it, and no mount point is ever made in it.
	Foreign bool
}

// Stdio are a command's standard streams; nil ones lead nowhere.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
	Resize   <-chan Size // terminal sizes; a terminal is used when not nil
}

// Size is a terminal's size in characters.
type Size struct{ Width, Height uint16 }

// Exit is how a process ended.
type Exit struct {
	Code   int // exit code; 128 + Signal when a signal ended it
	Signal int // 0 when the process exited by itself
}

// StartError says that a container's command never began to run.
type StartError struct {
	Command string
	Err     error
}

func (e *StartError) Error() string {
	return fmt.Sprintf("cannot start %q: %v", e.Command, e.Err)
}

func (e *StartError) Unwrap() error { return e.Err }
