package cli

import (
	"fmt"

	"github.com/headgate-ci/headgate/modules/manifest"
)

// Manifests says which manifests a command is about.
type Manifests struct {
	Kustomize []string `short:"k" sep:"none" placeholder:"DIR" help:"Folder with a kustomization; may be repeated."`
	File      []string `short:"f" sep:"none" placeholder:"PATH" help:"File or folder with manifests, - for standard input; may be repeated."`
	Recursive bool     `short:"R" help:"With -f: also the folders below."`
	Image     []string `sep:"none" placeholder:"NAME=REF" help:"Replace an image, as the manifests name it, by another; NAME:TAG changes the tag only. May be repeated."`
	Set       []string `sep:"none" placeholder:"NAME=VALUE" help:"Value for $${NAME} in the manifests; may be repeated. With any, every variable must be given."`
	EnvVars   []string `placeholder:"NAME,..." help:"Environment variables that may stand for $${NAME}; no others do."`
}

// render reads the manifests and puts in what the flags say.
func (m *Manifests) render(env *Env) (*manifest.Rendered, error) {
	if len(m.Kustomize)+len(m.File) == 0 {
		return nil, usageError("no manifests: give a kustomization with -k, or files and folders with -f")
	}
	src := manifest.Source{Kustomize: m.Kustomize, Files: m.File, Recursive: m.Recursive, Stdin: env.Stdin, Variables: manifest.Variables{}}
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
type RenderCmd struct{ Manifests }

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
