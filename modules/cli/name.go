package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/headgate-ci/headgate/modules/release"
)

// targetName is a Deployment's name as kubectl writes it, or a release's: shop,
// deploy/shop, deployment.apps/shop.
type targetName string

// Decode takes the kind off.
func (n *targetName) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("name", &text); err != nil {
		return err
	}
	kind, name, found := strings.Cut(text, "/")
	if !found {
		*n = targetName(text)
		return nil
	}
	switch kind, _, _ = strings.Cut(strings.ToLower(kind), "."); kind {
	case "deploy", "deployment", "deployments", "release":
		*n = targetName(name)
		return nil
	}
	return fmt.Errorf("%s: Headgate rolls out Deployments; name one, such as deploy/shop", text)
}

// orAtHand is the name that was given, or that of the release file at hand. What
// `headgate run` has rolled out here is then meant, in the namespace of the file.
func (n targetName) orAtHand(g *Globals) (string, error) {
	if n != "" {
		g.locate(string(n))
		return string(n), nil
	}
	rel, err := release.Load(DefaultFile)
	if err != nil {
		return "", usageError("name a release, or stand where its %s is: %w", DefaultFile, err)
	}
	g.locate(rel.Metadata.Name)
	return rel.Metadata.Name, nil
}
