package podworker

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/image"
)

// pull waits until the image is there. It is false when ctx ended before.
func (c *container) pull(ctx context.Context) (image.Image, bool) {
	wait := imageBackoff
	for {
		img, err := c.w.rt.Images.Resolve(c.spec.Image)
		if err == nil {
			c.change(func(s *corev1.ContainerStatus) { s.ImageID = c.spec.Image })
			c.w.say(c, "Pulled", fmt.Sprintf("Container image %q already present on machine", c.spec.Image))
			return img, true
		}
		c.await("ErrImagePull", err.Error())
		c.w.warn(c, "Failed", fmt.Sprintf("Failed to pull image %q: %v", c.spec.Image, err))
		c.w.warn(c, "Failed", "Error: ErrImagePull")
		if !c.backOffPull(ctx, &wait, err) {
			return image.Image{}, false
		}
	}
}

func (c *container) backOffPull(ctx context.Context, wait *backoff, err error) bool {
	// ErrImagePull is to be seen for a moment: it is the state that says why.
	if !sleep(ctx, imageBackoff.first/2) {
		return false
	}
	back := fmt.Sprintf("Back-off pulling image %q", c.spec.Image)
	c.await("ImagePullBackOff", fmt.Sprintf("%s: ErrImagePull: %v", back, err))
	c.w.say(c, "BackOff", back)
	c.w.warn(c, "Failed", "Error: ImagePullBackOff")
	return sleep(ctx, max(wait.next(), wait.first))
}
