package podworker

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// hostname is what the Pod calls itself.
func (w *Worker) hostname() string {
	name := w.origin.Name
	if w.origin.Spec.Hostname != "" {
		name = w.origin.Spec.Hostname
	}
	return name[:min(len(name), 63)]
}

// files are those that a container runtime generates.
func (w *Worker) files() map[string]string {
	aliases := map[string][]string{}
	for _, a := range w.origin.Spec.HostAliases {
		aliases[a.IP] = append(aliases[a.IP], a.Hostnames...)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[string]string{
		"/etc/hosts":         sandbox.Hosts(w.ip, w.hostname(), aliases),
		"/etc/hostname":      w.hostname() + "\n",
		"/etc/resolv.conf":   w.resolver().String(),
		"/etc/passwd":        sandbox.Passwd,
		"/etc/group":         sandbox.Group,
		"/etc/nsswitch.conf": sandbox.NSSwitch,
	}
}

// resolver gives every Pod the cluster's DNS, whatever its policy: there is no
// other. Only "None" and what dnsConfig adds are followed.
func (w *Worker) resolver() sandbox.Resolver {
	var r sandbox.Resolver
	if w.origin.Spec.DNSPolicy != corev1.DNSNone {
		domain := w.rt.Domain
		r = sandbox.Resolver{
			Servers: []string{w.rt.DNS.String()},
			Search:  []string{w.origin.Namespace + ".svc." + domain, "svc." + domain, domain},
			Options: []string{"ndots:5"},
		}
	}
	if extra := w.origin.Spec.DNSConfig; extra != nil {
		r.Servers = append(r.Servers, extra.Nameservers...)
		r.Search = append(r.Search, extra.Searches...)
		for _, o := range extra.Options {
			text := o.Name
			if o.Value != nil {
				text += ":" + *o.Value
			}
			r.Options = append(r.Options, text)
		}
	}
	return r
}

func (c *container) logPath(run int32) string {
	return filepath.Join(c.w.logDir(), c.spec.Name, strconv.Itoa(int(run))+".log")
}

func (c *container) messagePath() string {
	if p := c.spec.TerminationMessagePath; p != "" {
		return p
	}
	return corev1.TerminationMessagePathDefault
}

// messageFile is where a container may leave its last words.
func (c *container) messageFile() (string, error) {
	file := filepath.Join(c.dir(), "termination-log")
	if err := folder(filepath.Dir(file)); err != nil {
		return "", err
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return "", fmt.Errorf("termination message: %w", err)
	}
	return file, os.Chmod(file, 0o666) //nolint:gosec // whoever the container runs as writes it
}
