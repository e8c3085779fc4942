package cli

import (
	"fmt"
	"regexp"
	"time"

	"github.com/alecthomas/kong"

	"github.com/headgate-ci/headgate/modules/release"
)

// Image is set by the release build to the image that holds this very program.
var Image = ""

// imageVariable is the environment variable that names it otherwise.
const imageVariable = "HEADGATE_IMAGE"

// InCluster says what of a rollout runs in the cluster, and how.
type InCluster struct {
	Watchdog       silence `placeholder:"30s" help:"Have a Job in the cluster put everything back when this process gives no sign of life for 30s, or as long as --watchdog=TIME says."`
	HeadgateImage  string  `placeholder:"IMAGE" help:"Image with this program, for what runs in the cluster; HEADGATE_IMAGE or that of this version by default."`
	ServiceAccount string  `placeholder:"NAME" help:"Existing ServiceAccount for what runs in the cluster; by default a watchdog gets one of its own."`
}

// silence is a duration that has a default where the flag stands alone.
type silence struct{ time.Duration }

// IsBool has kong take the flag without a value.
func (silence) IsBool() bool { return true }

// Decode takes the value behind the equals sign, if there is one.
func (s *silence) Decode(ctx *kong.DecodeContext) error {
	s.Duration = 30 * time.Second
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	text := ctx.Scan.Pop().String()
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return fmt.Errorf("want a duration such as 30s, not %q", text)
	}
	s.Duration = d
	return nil
}

// apply puts the flags into the Release, where a rollout that is resumed finds
// them, too.
func (f InCluster) apply(rel *release.Release, env *Env) {
	if f.Watchdog.Duration > 0 {
		if rel.Spec.Watchdog == nil {
			rel.Spec.Watchdog = &release.Watchdog{}
		}
		rel.Spec.Watchdog.After.Duration = f.Watchdog.Duration
	}
	w := rel.Spec.Watchdog
	if w == nil {
		return
	}
	if f.ServiceAccount != "" {
		w.ServiceAccount = f.ServiceAccount
	}
	if f.HeadgateImage != "" || w.Image == "" {
		w.Image = f.image(env)
	}
}

// image holds this program; empty when none is known.
func (f InCluster) image(env *Env) string {
	switch {
	case f.HeadgateImage != "":
		return f.HeadgateImage
	case env.Getenv(imageVariable) != "":
		return env.Getenv(imageVariable)
	case Image != "":
		return Image
	}
	return imageOf(buildVersion().Version)
}

// released are versions that an image was published for.
var released = regexp.MustCompile(`^v?(\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?)$`)

// imageOf is the published image of a version; empty for a build in between.
func imageOf(version string) string {
	if m := released.FindStringSubmatch(version); m != nil {
		return "headgate-ci/headgate:" + m[1]
	}
	return ""
}
