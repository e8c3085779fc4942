// Package reexec lets the program start itself again in another role, which is
// how containers and supervisors get namespaces of their own without a helper
// program beside this one.
//
// A role is a name put into argv[0] of /proc/self/exe. main calls Run before
// anything else; a package registers its role from an init function.
package reexec

import "os"

var roles = map[string]func(){}

// Register gives a name to a role. The function must not return to its caller
// in a usable state: when it does, the process exits with code 0.
func Register(name string, role func()) {
	if _, taken := roles[name]; taken {
		panic("reexec: role " + name + " is registered twice")
	}
	roles[name] = role
}

// Run plays the role named by argv[0] and reports whether there was one. A
// caller returns from main when it did.
func Run() bool {
	role, ok := roles[os.Args[0]]
	if ok {
		role()
	}
	return ok
}
