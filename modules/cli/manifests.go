package cli

import (
	"fmt"
	"slices"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
)

// Manifests says which manifests a command is about. -k means them in every
// command; -f is the release file wherever a command may have one.
type Manifests struct {
	Paths     []string `name:"manifests" short:"k" aliases:"kustomize" sep:"none" placeholder:"PATH" help:"Kustomization, folder or file with manifests, - for standard input; may be repeated."`
	Recursive bool     `short:"R" help:"Also the folders below a folder without a kustomization."`
	Image     []string `sep:"none" placeholder:"NAME=REF" help:"Replace an image, as the manifests name it, by another; NAME:TAG changes the tag only. May be repeated."`
	Set       []string `sep:"none" placeholder:"NAME=VALUE" help:"Value for $${NAME} in the manifests; may be repeated. With any, every variable must be given."`
	EnvVars   []string `placeholder:"NAME,..." help:"Environment variables that may stand for $${NAME}; no others do."`
}

// Applied are the manifests of a command that knows no release file: as with
// kubectl, -f names them, too.
type Applied struct {
	Manifests
	File []string `short:"f" sep:"none" placeholder:"PATH" help:"The same as -k, as with kubectl."`
}

// render reads the manifests and puts in what the flags say.
func (a *Applied) render(env *Env) (*manifest.Rendered, error) {
	for _, path := range a.File {
		if release.Is(path) {
			return nil, usageError("%s is a release, which `headgate run -f %[1]s` rolls out; this command takes manifests", path)
		}
	}
	return a.Manifests.render(env, a.File...)
}

// render reads the manifests and those of more paths.
func (m *Manifests) render(env *Env, more ...string) (*manifest.Rendered, error) {
	paths := slices.Concat(m.Paths, more)
	if len(paths) == 0 {
		return nil, usageError("no manifests: name a kustomization, a folder or a file with -k")
	}
	src := manifest.Source{Paths: paths, Recursive: m.Recursive, Stdin: env.Stdin, Variables: manifest.Variables{}}
	for _, s := range m.Image {
		img, err := manifest.ParseImage(s)
		if err != nil {
			return nil, &exitError{code: ExitUsage, err: err}
		}
		src.Images = append(src.Images, img)
	}
	for _, s := range m.Set {
		if err := src.Variables.Set(s); err != nil {
			return nil, &exitError{code: ExitUsage, err: fmt.Errorf("--set: %w", err)}
		}
	}
	for _, name := range m.EnvVars {
		value := env.Getenv(name)
		if value == "" {
			return nil, usageError("--env-vars: %s is not in the environment; `--set %s=` makes it empty", name, name)
		}
		if err := src.Variables.Set(name + "=" + value); err != nil {
			return nil, &exitError{code: ExitUsage, err: fmt.Errorf("--env-vars: %w", err)}
		}
	}
	return manifest.Render(src)
}

// RenderCmd prints manifests as they would be applied.
type RenderCmd struct{ Applied }

// Run prints the objects; YAML unless -o json.
func (c *RenderCmd) Run(g *Globals, env *Env) error {
	r, err := c.render(env)
	if err != nil {
		return err
	}
	if g.Output == "json" {
		return manifest.WriteJSON(env.Stdout, r.Objects)
	}
	return manifest.WriteYAML(env.Stdout, r.Objects)
}
