// Build, test, deliver and roll out a service on a mesh, past gates.
//
// Every function runs the same on a laptop and on any CI runner. The work is
// done by the headgate program, which is built from this module's own source;
// the functions only put it into a container and hand it its inputs.
//
// Functions that decide something return a Result, and fail for a bad verdict
// unless they are given --allow-failure. End the call with what you want of the
// Result: summary, report export --path DIR, json or verdict. A call that ends at
// the Result itself prints its address, which tells nobody anything.
//
// Functions that touch a cluster are never cached from one call to the next.
package main

import (
	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// The module: where its program comes from and what it runs in.
type Headgate struct {
	// +private
	Source *dagger.Directory
	// +private
	GoImage string
	// +private
	BaseImage string
	// +private
	Built *dagger.File
}

// Where the headgate program comes from, and what it runs in.
func New(
	// Headgate's own source, of which its program is built.
	// +optional
	// +defaultPath="/"
	// +ignore=["**/.git", "ci/tests", "dist", "bin"]
	source *dagger.Directory,
	// Image with the Go toolchain.
	// It builds the program and Go services.
	// +optional
	// +default="golang:1.26.8-alpine"
	goImage string,
	// Image that the program runs in, and that Go services are put into.
	// It needs the certificates of public authorities.
	// +optional
	// +default="alpine:3.22.1"
	baseImage string,
	// The headgate program for Linux, where it is built already.
	// An engine with an empty cache takes minutes to build it; the function program
	// makes one to keep.
	// +optional
	program *dagger.File,
) *Headgate {
	return &Headgate{Source: source, GoImage: goImage, BaseImage: baseImage, Built: program}
}
