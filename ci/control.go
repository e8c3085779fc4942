package main

import "context"

// Show where a rollout stands, running or ended.
//
// End the call with summary, or with report export --path DIR.
// +cache="never"
func (c *Cluster) Status(
	ctx context.Context,
	// The Release.
	name string,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
) (*Result, error) {
	return c.control(ctx, "status", name, namespace, true)
}

// List every rollout on record, running or ended.
//
// End the call with summary, or with json, which has one an entry.
// +cache="never"
func (c *Cluster) List(
	ctx context.Context,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// Look in every namespace instead.
	// +optional
	allNamespaces bool,
) (*Result, error) {
	args := append(inNamespace(namespace), flag("--all-namespaces", allNamespaces)...)
	return c.headgate(ctx, command{name: "list", args: args})
}

// Finish a running or held rollout without the gates that are still to come.
//
// It waits for the end, and fails unless the new version serves then. End the call
// with summary, or with --allow-failure report export --path DIR.
//
// It is never cached: each call asks again.
// +cache="session"
func (c *Cluster) Promote(
	ctx context.Context,
	// The Release.
	name string,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	return c.control(ctx, "promote", name, namespace, allowFailure)
}

// Put everything back, or after a promotion the version before.
//
// A running rollout is ended; what one that was cut short has left is put back. The
// call fails unless the old version serves in the end. End it with summary, or with
// --allow-failure report export --path DIR.
//
// It is never cached: each call asks again.
// +cache="session"
func (c *Cluster) Rollback(
	ctx context.Context,
	// The Release.
	name string,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// Overwrite what somebody else has changed in the routes and in stable since.
	// +optional
	force bool,
	// After a promotion: roll the version before out step by step, past the gates.
	// +optional
	gated bool,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	more := append(flag("--force", force), flag("--gated", gated)...)
	return c.control(ctx, "rollback", name, namespace, allowFailure, more...)
}

// Ask the driver of a rollout to keep it at its weight.
//
// Failing gates still end it, and resume goes on with it. End the call with summary.
//
// It is never cached: each call asks again.
// +cache="session"
func (c *Cluster) Pause(
	ctx context.Context,
	// The Release.
	name string,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
) (*Result, error) {
	return c.headgate(ctx, command{name: "pause", of: name, args: inNamespace(namespace)})
}

// Go on with a rollout that is paused, held or cut short.
//
// It waits for the end of one that nobody drives, and fails unless the new version
// serves then. End the call with summary, or with --allow-failure report export
// --path DIR.
//
// It is never cached: each call asks again.
// +cache="session"
func (c *Cluster) Resume(
	ctx context.Context,
	// The Release.
	name string,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	return c.control(ctx, "resume", name, namespace, allowFailure)
}

func (c *Cluster) control(ctx context.Context, verb, name, namespace string, allowFailure bool, more ...string) (*Result, error) {
	args := append(inNamespace(namespace), more...)
	return c.headgate(ctx, command{name: verb, of: name, args: args, report: true, kept: true, allowFailure: allowFailure})
}
