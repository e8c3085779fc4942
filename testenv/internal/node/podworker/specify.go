package podworker

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"

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
	return spec, folder(spec.Root)
}

// folder makes one that every user can pass: containers run as others.
func folder(path string) error {
	return os.MkdirAll(path, 0o755) //nolint:gosec // see above
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
