package workload

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// CheckGoBack says why stable cannot be given back the version from before a
// promotion that is over; nil when RevertStable will do it. What somebody else
// did to stable since then is a *ConflictError, unless Force was given.
func (c *Candidate) CheckGoBack(ctx context.Context) error {
	for _, item := range c.state.Config {
		if err := c.goesBack(ctx, item); err != nil {
			return err
		}
	}
	live, err := c.stableNow(ctx)
	if err != nil {
		return err
	}
	if c.force {
		return nil
	}
	if string(live.GetUID()) != c.state.UID {
		return &ConflictError{Object: c.stable(), Path: "metadata.uid", Detail: madeAnew}
	}
	_, err = patchFor(live, reversed(c.state.Fields))
	return err
}

// FormerImages are the images from before the promotion, by container; an error
// when more than images changed with it.
func (c *Candidate) FormerImages() (map[string]string, error) {
	for _, path := range c.state.Plan.Changes {
		if !strings.HasSuffix(path, ".image") {
			return nil, fmt.Errorf("%s changed in more than its images (%s); roll the old manifests out with `headgate run`", c.stable(), path)
		}
	}
	images := map[string]string{}
	for _, i := range c.state.Plan.Images {
		images[i.Container] = i.From
	}
	if len(images) == 0 {
		return nil, errors.New("the record names no images of the version before")
	}
	return images, nil
}
