package istio

import (
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/modules/traffic"
)

var (
	verbsPatched = []string{"get", "patch"}
	verbsMade    = []string{"get", "create", "delete"}
)

// Objects are all objects that will be created or edited, in that order.
func (s *Split) Objects() []traffic.ObjectRef {
	var out []traffic.ObjectRef
	put := func(ref traffic.ObjectRef, verbs []string, change string) {
		ref.Verbs, ref.Change = verbs, change
		out = append(out, ref)
	}
	for _, role := range s.services() {
		put(s.state.Names.of(role).ref(), verbsMade, "created for the time of the rollout")
	}
	for _, t := range s.state.Rules {
		put(t.ref(), verbsMade, "created for the time of the rollout: a copy of "+t.Of+" for the "+t.role()+"'s host")
	}
	for _, e := range s.state.Subsets {
		put(e.ref(), verbsPatched, fmt.Sprintf("subset %v added for the time of the rollout", e.Subset["name"]))
	}
	for _, vs := range s.state.VirtualServices {
		put(vs.ref(), verbsPatched, "weights of "+vs.summary())
	}
	return out
}

// summary names the edited routes, such as "http[0], http[2] (api)".
func (vs *virtualService) summary() string {
	var parts []string
	for _, r := range vs.Routes {
		if !r.edited() {
			continue
		}
		p := fmt.Sprintf("%s[%d]", r.List, r.Index)
		if r.Name != "" {
			p += " (" + r.Name + ")"
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, ", ")
}
