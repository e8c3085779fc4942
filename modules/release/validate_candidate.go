package release

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// An image is only checked for what no registry could mean; the rest is the
// kubelet's to say.
var imageSyntax = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$`)

func (f *findings) candidate(c Candidate) {
	const path = "spec.candidate"
	if c.Image != "" || f.written(path+".image") {
		f.image(path+".image", c.Image)
	}
	if c.Image != "" && len(c.Images) > 0 {
		f.wrong(path+".images", "image and images exclude each other; write all of them in images, by container")
	}
	for _, container := range slices.Sorted(maps.Keys(c.Images)) {
		at := join(path+".images", container)
		f.name(at, container, validation.IsDNS1123Label)
		f.image(at, c.Images[container])
	}
	for i, manifest := range c.Manifests {
		if strings.TrimSpace(manifest) == "" {
			f.wrong(indexed(path+".manifests", i), "empty; want the path of a file or folder")
		}
	}
	if c.Replicas != nil && *c.Replicas < 1 {
		f.wrong(path+".replicas", "%d; want 1 or more, or leave it out to let the candidate grow with its weight", *c.Replicas)
	}
	f.name(path+".subset", c.Subset, validation.IsDNS1123Label)
}

func (f *findings) image(path, image string) {
	if !imageSyntax.MatchString(image) || strings.Contains(image, "://") || strings.HasSuffix(image, ":") || strings.HasSuffix(image, "@") {
		f.wrong(path, "%q is not an image; want one such as headgate/sample:1.1.0", clip(image))
	}
}
