package main

import "context"

// Verify asks how a service answers now: its error rate and latency over the
// last while, as a pass, a fail or, without enough requests, inconclusive.
// +cache="session"
func (c *Cluster) Verify(
	ctx context.Context,
	// The Deployment.
	name string,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// Most requests that may fail, as a share such as 1%.
	// +optional
	maxErrors string,
	// Longest time that 99% of the requests may take, such as 300ms.
	// +optional
	maxLatency string,
	// How long to watch, such as 30s.
	// +optional
	window string,
) (*Result, error) {
	args := inNamespace(namespace)
	for flag, value := range map[string]string{"--max-errors": maxErrors, "--max-latency": maxLatency, "--window": window} {
		if value != "" {
			args = append(args, flag, value)
		}
	}
	return c.headgate(ctx, command{name: "verify", of: name, args: args, report: true})
}
