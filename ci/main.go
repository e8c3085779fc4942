// Build, test, publish and deploy a service on a service mesh, and move live
// traffic to its new version step by step, past gates.
//
// Every function runs the same on a laptop and on any CI runner. The work is
// done by the headgate program, which is built from this module's own source;
// the functions only put it into a container and hand it its inputs.
//
// Functions that decide something return a Result, so that a failed gate still
// hands over its report: "report" exports it, "assert" fails the call.
//
// Functions that touch a cluster are never cached from one call to the next.
package main

import (
	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Headgate is the module: where its program comes from and what it runs in.
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

// New sets where the headgate program comes from.
func New(
	// Headgate's own source, of which its program is built.
	// +optional
	// +defaultPath="/"
	// +ignore=["**/.git", "ci/tests", "dist", "bin"]
	source *dagger.Directory,
	// Image with the Go toolchain that builds the program and Go services.
	// +optional
	// +default="golang:1.26.8-alpine"
	goImage string,
	// Image that the program runs in, and that Go services are put into. It needs
	// the certificates of public authorities.
	// +optional
	// +default="alpine:3.22.1"
	baseImage string,
	// The headgate program for Linux, where it is built already: an engine with
	// an empty cache takes minutes to build it.
	// +optional
	program *dagger.File,
) *Headgate {
	return &Headgate{Source: source, GoImage: goImage, BaseImage: baseImage, Built: program}
}
