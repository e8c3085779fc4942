package podworker

import (
	"errors"

	"github.com/headgate-ci/headgate/testenv/internal/node/image"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// standardUser runs what neither the Pod nor the image assigns to anybody.
const standardUser = 1000

// user is nil where there is only one.
func (c *container) user(img image.Image) (*sandbox.User, error) {
	id := int64(standardUser)
	var group *int64
	if img.User != nil {
		id = *img.User
	}
	var groups []uint32
	nonRoot := false
	if sc := c.w.origin.Spec.SecurityContext; sc != nil {
		id, group = choose(id, sc.RunAsUser), sc.RunAsGroup
		nonRoot = isTrue(sc.RunAsNonRoot)
		for _, g := range sc.SupplementalGroups {
			groups = append(groups, id32(g))
		}
		if sc.FSGroup != nil {
			groups = append(groups, id32(*sc.FSGroup))
		}
	}
	if sc := c.spec.SecurityContext; sc != nil {
		id = choose(id, sc.RunAsUser)
		if sc.RunAsGroup != nil {
			group = sc.RunAsGroup
		}
		if sc.RunAsNonRoot != nil {
			nonRoot = *sc.RunAsNonRoot
		}
	}
	if nonRoot && id == 0 {
		return nil, errors.New("container has runAsNonRoot and would run as root: set runAsUser")
	}
	if c.w.rt.Rootless {
		return nil, nil
	}
	return &sandbox.User{UID: id32(id), GID: id32(choose(id, group)), Groups: groups}, nil
}

// id32 keeps the value: the API server admits ids of 31 bits only.
func id32(id int64) uint32 {
	return uint32(id) //nolint:gosec // see above
}

func choose(otherwise int64, p *int64) int64 {
	if p != nil {
		return *p
	}
	return otherwise
}
