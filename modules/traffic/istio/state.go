package istio

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// stateVersion is the newest of the JSON below. 1: without the weights that were
// intended. 2: with them. 3: with a baseline; without one 2 is written still, so
// that an older headgate can finish the Rollout. 4: with bypasses; likewise.
const stateVersion = 4

// state is all that another process needs to go on. It holds weights,
// destinations and digests, not the user's objects.
type state struct {
	Version         int               `json:"version"`
	API             string            `json:"api"`
	Names           names             `json:"names"`
	Labels          traffic.Labels    `json:"labels"`
	Service         *twinService      `json:"service,omitempty"`
	Rules           []twinRule        `json:"rules,omitempty"`
	Subsets         []subsetEdit      `json:"subsets,omitempty"`
	Baseline        *companion        `json:"baseline,omitempty"`
	VirtualServices []*virtualService `json:"virtualServices"`
	Bypasses        []traffic.Bypass  `json:"bypasses,omitempty"`
	// Mirrored says that a mirror of the user's copies requests to the candidate.
	Mirrored bool     `json:"mirrored,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// companion is what the baseline has of its own.
type companion struct {
	Labels  traffic.Labels `json:"labels"`
	Service *twinService   `json:"service,omitempty"`
}

// roles are the versions beside stable.
func (st *state) roles() []string {
	if st.Baseline == nil {
		return []string{traffic.RoleCandidate}
	}
	return []string{traffic.RoleCandidate, traffic.RoleBaseline}
}

// labels are what the Pods of a role must carry.
func (st *state) labels(role string) *traffic.Labels {
	if role == traffic.RoleBaseline {
		return &st.Baseline.Labels
	}
	return &st.Labels
}

// service is a role's own Service that is made; nil where none is.
func (st *state) service(role string) **twinService {
	if role == traffic.RoleBaseline {
		return &st.Baseline.Service
	}
	return &st.Service
}

// current is the version that is written.
func (st *state) current() int {
	switch {
	case len(st.Bypasses) > 0:
		return 4
	case st.Baseline != nil:
		return 3
	default:
		return 2
	}
}

// State is the Split as JSON, for the Journal.
func (s *Split) State() ([]byte, error) {
	data, err := json.Marshal(s.state)
	if err != nil {
		return nil, fmt.Errorf("encode the state of the routes: %w", err)
	}
	return data, nil
}

// decodeState reads a State. It comes from the cluster, where anybody may have
// written it, so it is checked before anything trusts its indices.
func decodeState(data []byte) (*state, error) {
	var head struct{ Version int }
	if err := json.Unmarshal(data, &head); err == nil && head.Version > stateVersion {
		return nil, newerState(head.Version)
	}
	st := &state{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(st); err != nil {
		return nil, fmt.Errorf("read the state of the routes: %w", err)
	}
	if st.Version < 1 {
		return nil, newerState(st.Version)
	}
	for _, vs := range st.VirtualServices {
		vs.Adopted = vs.Adopted || st.Version == 1
		if err := vs.check(); err != nil {
			return nil, fmt.Errorf("read the state of the routes: VirtualService %s/%s: %w", vs.Namespace, vs.Name, err)
		}
	}
	st.Version = st.current()
	return st, nil
}

func newerState(version int) error {
	return fmt.Errorf("the state of the routes has version %d and this headgate reads 1 to %d: use the headgate that began the rollout", version, stateVersion)
}

func (vs *virtualService) check() error {
	if len(vs.Known) == 0 {
		return fmt.Errorf("no known state")
	}
	for _, k := range vs.Known {
		if err := k.check(); err != nil {
			return err
		}
	}
	for _, r := range vs.Routes {
		for _, s := range r.Shares {
			if out(s.Stable, r.Entries) || s.Into != nil && out(*s.Into, r.Entries) {
				return fmt.Errorf("%s: a share points at no entry", r.path())
			}
		}
		if tooLarge(effective(r.Entries)) {
			return fmt.Errorf("%s: weights out of range", r.path())
		}
	}
	return nil
}

func out(i int, entries []entry) bool { return i < 0 || i >= len(entries) }
