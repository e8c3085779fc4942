// Package release reads headgate.yaml, the file that says what is rolled out,
// through which routes, by which strategy, past which gates. It is the place
// where a mistake costs nothing: every one is reported at once, with its line
// and what to write instead, before anything asks a cluster.
//
// The way in is strict decode, then defaults, then validation; what comes out is
// whole, so that nobody behind this package needs to know a default.
package release
