package podworker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/image"
	"github.com/headgate-ci/headgate/testenv/internal/node/podenv"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// specify turns a container and its image into what the sandbox starts. Errors
// are mistakes in the Pod, or objects that are missing.
func (c *container) specify(ctx context.Context, img image.Image) (sandbox.Spec, error) {
	env, err := c.environment(ctx, img)
	if err != nil {
		return sandbox.Spec{}, err
	}
	expand := func(s string) string { return podenv.Expand(s, env.Lookup) }
	mounts, err := c.mounts(img, expand)
	if err != nil {
		return sandbox.Spec{}, err
	}
	user, err := c.user(img)
	if err != nil {
		return sandbox.Spec{}, err
	}
	spec := sandbox.Spec{
		Root:   filepath.Join(c.dir(), "root"),
		Argv:   c.argv(img, expand),
		Env:    env.List(),
		Dir:    c.spec.WorkingDir,
		User:   user,
		Mounts: mounts,
		Files:  c.w.files(),
	}
	if !c.w.origin.Spec.HostNetwork {
		spec.Hostname = c.w.hostname()
	}
	if sc := c.spec.SecurityContext; sc != nil {
		spec.ReadOnlyRoot = isTrue(sc.ReadOnlyRootFilesystem)
		spec.NoNewPrivs = sc.AllowPrivilegeEscalation != nil && !*sc.AllowPrivilegeEscalation
	}
	return spec, os.MkdirAll(spec.Root, 0o755)
}

func isTrue(p *bool) bool { return p != nil && *p }

func (c *container) dir() string { return filepath.Join(c.w.dir(), "containers", c.spec.Name) }

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func (c *container) environment(ctx context.Context, img image.Image) (*podenv.Env, error) {
	base := map[string]string{
		"PATH":                          path,
		"HOME":                          "/",
		"HOSTNAME":                      c.w.hostname(),
		"KUBERNETES_SERVICE_HOST":       c.w.rt.Services.Masked().Addr().Next().String(),
		"KUBERNETES_SERVICE_PORT":       "443",
		"KUBERNETES_PORT":               "tcp://" + netip.AddrPortFrom(c.w.rt.Services.Masked().Addr().Next(), 443).String(),
		"KUBERNETES_SERVICE_PORT_HTTPS": "443",
	}
	for k, v := range img.Env {
		base[k] = v
	}
	env := podenv.New(objects{c.w.rt.Client}, c.w.Pod(), base)
	return env, env.Add(ctx, c.spec)
}

// argv follows Kubernetes: a container's command replaces the image's command
// and arguments, its args replace the image's arguments.
func (c *container) argv(img image.Image, expand func(string) string) []string {
	command, args := img.Command, img.Args
	if len(c.spec.Command) > 0 {
		command, args = all(c.spec.Command, expand), nil
	}
	if len(c.spec.Args) > 0 {
		args = all(c.spec.Args, expand)
	}
	return append(command[:len(command):len(command)], args...)
}

func all(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}

func (c *container) mounts(img image.Image, expand func(string) string) ([]sandbox.Mount, error) {
	mounts, err := c.w.volumes.Mounts(c.spec, expand)
	if err != nil {
		return nil, err
	}
	binds := img.Binds
	if len(img.Command) > 0 && filepath.IsAbs(img.Command[0]) && !hasBind(binds, img.Command[0]) {
		binds = append(binds[:len(binds):len(binds)], image.Bind{Host: img.Command[0], Container: img.Command[0]})
	}
	for _, b := range binds {
		mounts = append(mounts, sandbox.Mount{Source: b.Host, Target: b.Container, ReadOnly: true, Foreign: true})
	}
	message, err := c.messageFile()
	if err != nil {
		return nil, err
	}
	return append(mounts, sandbox.Mount{Source: message, Target: c.messagePath()}), nil
}

func hasBind(binds []image.Bind, path string) bool {
	for _, b := range binds {
		if b.Container == path {
			return true
		}
	}
	return false
}

// standardUser runs what neither the Pod nor the image assigns to anybody.
const standardUser = 1000

// user is nil where there is only one.
func (c *container) user(img image.Image) (*sandbox.User, error) {
	id := int64(standardUser)
	var group *int64
	if img.User != nil {
		id = *img.User
	}
	var groups []uint32
	nonRoot := false
	if sc := c.w.origin.Spec.SecurityContext; sc != nil {
		id, group = choose(id, sc.RunAsUser), sc.RunAsGroup
		nonRoot = isTrue(sc.RunAsNonRoot)
		for _, g := range sc.SupplementalGroups {
			groups = append(groups, uint32(g))
		}
		if sc.FSGroup != nil {
			groups = append(groups, uint32(*sc.FSGroup))
		}
	}
	if sc := c.spec.SecurityContext; sc != nil {
		id = choose(id, sc.RunAsUser)
		if sc.RunAsGroup != nil {
			group = sc.RunAsGroup
		}
		if sc.RunAsNonRoot != nil {
			nonRoot = *sc.RunAsNonRoot
		}
	}
	if nonRoot && id == 0 {
		return nil, errors.New("container has runAsNonRoot and would run as root: set runAsUser")
	}
	if c.w.rt.Rootless {
		return nil, nil
	}
	return &sandbox.User{UID: uint32(id), GID: uint32(choose(id, group)), Groups: groups}, nil
}

func choose(otherwise int64, p *int64) int64 {
	if p != nil {
		return *p
	}
	return otherwise
}

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
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		return "", fmt.Errorf("termination message: %w", err)
	}
	return file, os.Chmod(file, 0o666)
}
