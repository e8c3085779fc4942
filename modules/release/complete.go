package release

import "maps"

// Overrides are what the command line and the kubeconfig add to a Release.
type Overrides struct {
	// Namespace is asked for; a file that names another is refused.
	Namespace string
	// DefaultNamespace is taken where nobody names one.
	DefaultNamespace string
	// Image replaces spec.candidate.image.
	Image string
	// Images replace single entries of spec.candidate.images.
	Images map[string]string
	// Serving asks about what serves already: no new version is needed.
	Serving bool
	// Budget has the weights picked so that a bad version is expected to cost no
	// more failed requests; zero leaves the file's steps.
	Budget int
}

// New makes a Release without a file, with all defaults: the Deployment of that
// name gets the image. The error is an Errors.
func New(name, namespace, image string) (*Release, error) {
	r := &Release{APIVersion: APIVersion, Kind: Kind}
	r.Metadata = Metadata{Name: name, Namespace: namespace}
	r.Spec.Candidate.Image = image
	if err := r.Complete(Overrides{}); err != nil {
		return nil, err
	}
	return r, nil
}

// Complete adds the overrides, and says what a Rollout still lacks. The error is
// an Errors.
func (r *Release) Complete(o Overrides) error {
	f := &findings{}
	f.namespace(r, o)
	f.images(&r.Spec.Candidate, o)
	if o.Budget != 0 {
		f.budget(r, o.Budget)
	}
	defaults{f.written}.release(r)
	f.release(r)
	return f.problems.orNil()
}

func (f *findings) namespace(r *Release, o Overrides) {
	const path = "metadata.namespace"
	m := &r.Metadata
	switch {
	case m.Namespace != "" && o.Namespace != "" && m.Namespace != o.Namespace:
		f.wrong(path, "%s in the file, but %s was asked for; take one of them away", m.Namespace, o.Namespace)
	case m.Namespace != "":
	case o.Namespace != "":
		m.Namespace = o.Namespace
	case o.DefaultNamespace != "":
		m.Namespace = o.DefaultNamespace
	}
}

// budget takes the place of the file's weights.
func (f *findings) budget(r *Release, budget int) {
	if budget < 0 {
		f.wrong("spec.strategy.canary.budget", "%d; want how many failed requests a bad version may cost, such as 50", budget)
		return
	}
	if r.Spec.Strategy.Canary == nil {
		r.Spec.Strategy.Canary = &Canary{}
	}
	r.Spec.Strategy.Canary.Steps, r.Spec.Strategy.Canary.Budget = nil, budget
}

func (f *findings) images(c *Candidate, o Overrides) {
	const path = "spec.candidate"
	switch {
	case o.Image != "" && len(o.Images) > 0, o.Image != "" && len(c.Images) > 0, len(o.Images) > 0 && c.Image != "":
		f.wrong(path, "images by container and one image without a container exclude each other; name the container of each (`--image CONTAINER=IMAGE`)")
	case o.Image != "":
		c.Image = o.Image
	case len(o.Images) > 0:
		merged := maps.Clone(c.Images)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, o.Images)
		c.Images = merged
	}
	if !o.Serving && c.Image == "" && len(c.Images) == 0 && len(c.Manifests) == 0 {
		f.wrong(path, "nothing new to roll out; write spec.candidate.image, or give `--image IMAGE`")
	}
}

// ByContainer are the candidate's images by container; the empty name is the
// app's container.
func (c Candidate) ByContainer() map[string]string {
	if c.Image != "" {
		return map[string]string{"": c.Image}
	}
	return maps.Clone(c.Images)
}
