package image

import "strings"

// Proxy is the image of Istio's proxy, made of parts of this machine.
type Proxy struct {
	PilotAgent string
	Envoy      string
	Bootstrap  string // Istio's bootstrap template for Envoy
}

// Resolve knows istio/proxyv2 with any tag.
func (p Proxy) Resolve(ref string) (Image, error) {
	repository, _ := split(ref)
	if repository != "proxyv2" && !strings.HasSuffix(repository, "/proxyv2") {
		return Image{}, &NotFoundError{Ref: ref}
	}
	const agent = "/usr/local/bin/pilot-agent"
	user := int64(1337)
	return Image{
		Ref: ref, Command: []string{agent}, User: &user, Capture: true,
		Binds: []Bind{
			{Host: p.PilotAgent, Container: agent},
			{Host: p.Envoy, Container: "/usr/local/bin/envoy"},
			{Host: p.Bootstrap, Container: "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json"},
		},
	}, nil
}

// List are images known beforehand.
type List []Image

// Resolve finds the image with this reference.
func (l List) Resolve(ref string) (Image, error) {
	for _, img := range l {
		if canonical(img.Ref) == canonical(ref) {
			return img, nil
		}
	}
	return Image{}, &NotFoundError{Ref: ref}
}
