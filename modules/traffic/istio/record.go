package istio

import (
	"cmp"
	"fmt"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// virtualService is what is kept of one VirtualService: enough to find its
// routes again and to put them back, not the object.
type virtualService struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Known are the states that the routes can be in by Headgate's own doing:
	// one after an answered write, more while one is intended or its answer is
	// outstanding.
	Known []stand `json:"known"`
	// Adopted: the record is of a headgate that did not note what it intended and
	// may have died between a write and its noting. Until the first write any
	// percentage counts as Headgate's.
	Adopted bool `json:"adopted,omitempty"`
	// Routes are all routes of the object. Those that do not send to stable
	// help to tell the others apart when somebody moves them.
	Routes []*route `json:"routes"`
	// Naming is how many routes send to the candidate by the user's own word.
	Naming int `json:"naming,omitempty"`
	// Owners own the lists of routes.
	Owners []owner `json:"owners,omitempty"`
	// Fields are digests of the other fields of the spec, by name.
	Fields map[string]string `json:"fields,omitempty"`
}

// route is one route as it was found.
type route struct {
	List  string `json:"list"`
	Index int    `json:"index"`
	Name  string `json:"name,omitempty"`
	// Match and Sends are digests of the match conditions and of where the
	// route sends to; Whole of all of it.
	Match string `json:"match,omitempty"`
	Sends string `json:"sends,omitempty"`
	Whole string `json:"whole"`
	// Entries are the weighted entries; none where the route is not edited.
	Entries []entry `json:"entries,omitempty"`
	// Shares say whose weight is shared, and with which version.
	Shares []share `json:"shares,omitempty"`
}

// share is another version's share of one of stable's entries.
type share struct {
	// Stable is the entry's index.
	Stable int `json:"stable"`
	// Of is the version's role, the candidate's when empty.
	Of string `json:"of,omitempty"`
	// To is where the share is sent. Its name in JSON is from when there was no
	// other version than the candidate.
	To destination `json:"candidate"`
	// Into is the index of the version's entry if the user wrote one;
	// otherwise it is added.
	Into *int `json:"into,omitempty"`
}

// role is the version's, for messages too.
func (s share) role() string { return cmp.Or(s.Of, traffic.RoleCandidate) }

// edited says that the route sends to stable and is Headgate's to edit.
func (r *route) edited() bool { return len(r.Shares) > 0 }

// shape is what a route's weights look like in one state. Entries go with the
// recorded ones; Added with those Shares whose entry is added, nil when there
// are none to be.
type shape struct {
	Entries []*int64
	Added   []int64
}

// at is the route's shape in a state.
func (r *route) at(s stand) shape {
	if s == original {
		return r.untouched()
	}
	base := effective(r.Entries)
	f := int64(1)
	for _, sh := range r.Shares {
		f = factor(f, base[sh.Stable], s.percent(sh.role()))
	}
	now := make([]int64, len(base))
	for i, w := range base {
		now[i] = w * f
	}
	out := shape{Added: []int64{}}
	for _, sh := range r.Shares {
		part := base[sh.Stable] * f * int64(s.percent(sh.role())) / 100
		now[sh.Stable] -= part
		if sh.Into != nil {
			now[*sh.Into] += part
			continue
		}
		out.Added = append(out.Added, part)
	}
	for i, w := range now {
		out.Entries = append(out.Entries, spell(r.Entries[i].Weight, base[i], w))
	}
	return out
}

// spell leaves out a weight that the user left out, where it says the same.
func spell(before *int64, base, now int64) *int64 {
	if before == nil && base == 0 && now == 0 {
		return nil
	}
	return &now
}

func (r *route) untouched() shape {
	var out shape
	for _, e := range r.Entries {
		out.Entries = append(out.Entries, e.Weight)
	}
	return out
}

// path is where the route was found, as a person reads it.
func (r *route) path() string { return fmt.Sprintf("spec.%s[%d]", r.List, r.Index) }
