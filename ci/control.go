package main

import "context"

// Status says where a rollout stands, running or ended.
// +cache="never"
func (c *Cluster) Status(
	ctx context.Context,
	// The Release.
	name string,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
) (*Result, error) {
	return c.control(ctx, "status", name, namespace)
}

// List is every rollout on record, running or ended; its JSON has one an entry.
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
	return c.headgate(ctx, command{name: "list", args: args, worded: true})
}

// Promote finishes a running or held rollout without the gates that are still to
// come, and waits for the end.
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
) (*Result, error) {
	return c.control(ctx, "promote", name, namespace)
}

// Rollback puts everything back: it ends a running rollout, or finishes what one
// that was cut short has left.
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
) (*Result, error) {
	if force {
		return c.control(ctx, "rollback", name, namespace, "--force")
	}
	return c.control(ctx, "rollback", name, namespace)
}

// Pause asks the driver of a rollout to keep it at its weight; failing gates
// still end it, and resume goes on with it.
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
	return c.headgate(ctx, command{name: "pause", of: name, args: inNamespace(namespace), told: true})
}

// Resume goes on with a rollout that is paused, held or cut short, and waits for
// the end of one that nobody drives.
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
) (*Result, error) {
	return c.control(ctx, "resume", name, namespace)
}

func (c *Cluster) control(ctx context.Context, verb, name, namespace string, more ...string) (*Result, error) {
	return c.headgate(ctx, command{name: verb, of: name, args: append(inNamespace(namespace), more...), report: true})
}
