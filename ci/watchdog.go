package main

import (
	"context"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// guard is the watchdog that a rollout is asked to have: after how long a
// silence, and in which image. Either may be empty.
type guard struct{ after, image string }

func (g guard) args() []string {
	var args []string
	if g.after != "" {
		args = append(args, "--watchdog="+g.after)
	}
	if g.image != "" {
		args = append(args, "--headgate-image="+g.image)
	}
	return args
}

var errNoHeadgateImage = errors.New("--watchdog needs an image with the headgate program: name one with --headgate-image")

// possible refuses a watchdog whose image nobody knows. A program that the
// caller has brought may be a released one, which knows its own.
func (g guard) possible(h *Headgate) error {
	if g.after == "" || g.image != "" || h.Built != nil {
		return nil
	}
	return errNoHeadgateImage
}

// possibleBy is possible where a Release file may ask for the watchdog, or name
// its image. A file that is not there or not to be read is told by the rollout.
func (g guard) possibleBy(ctx context.Context, h *Headgate, source *dagger.Directory, release string) error {
	if g.image != "" || h.Built != nil {
		return nil
	}
	if ok, err := source.Exists(ctx, release); err != nil || !ok {
		return g.possible(h)
	}
	text, err := source.File(release).Contents(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", release, err)
	}
	var doc struct {
		Spec struct {
			Watchdog *struct{ Image string }
		}
	}
	_ = yaml.Unmarshal([]byte(text), &doc)
	switch asked := doc.Spec.Watchdog; {
	case asked == nil:
		return g.possible(h)
	case asked.Image == "":
		return errNoHeadgateImage
	default:
		return nil
	}
}
