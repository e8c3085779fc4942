package workload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

const stateVersion = 1

// state is what another process needs to go on. It holds the Deployment's
// template as the user wrote it; it never holds what is in a Secret.
type state struct {
	Version   int    `json:"version"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Release   string `json:"release"`
	// UID is the stable Deployment's.
	UID  string `json:"uid"`
	Plan Plan   `json:"plan"`
	// Size is the most replicas that stable was seen with. An autoscaler shrinks
	// stable as its traffic leaves; the candidate must carry it all the same.
	Size     int           `json:"size"`
	Timeout  time.Duration `json:"timeout"`
	Patience time.Duration `json:"patience"`
	Interval time.Duration `json:"interval"`
	// Candidate is the Deployment to create, without its size.
	Candidate map[string]any `json:"candidate"`
	// Baseline is the same of the baseline; nil when there is none.
	Baseline map[string]any `json:"baseline,omitempty"`
	// Fields are what promotion changes in stable.
	Fields []field      `json:"fields,omitempty"`
	Config []configItem `json:"config,omitempty"`
	// ClientSide says that `kubectl apply` keeps stable.
	ClientSide bool `json:"clientSide,omitempty"`
	// Written is when this program last wrote to stable, but for what is of this
	// Rollout and still stands.
	Written string `json:"written,omitempty"`
	// Promoted is true while stable has the new version.
	Promoted bool `json:"promoted,omitempty"`
}

func (s *state) candidateName() string { return s.Name + Suffix }

func (s *state) candidate() *unstructured.Unstructured {
	return (&unstructured.Unstructured{Object: s.Candidate}).DeepCopy()
}

// State is what Resume needs, as JSON. Contents of Secrets are never in it.
func (c *Candidate) State() ([]byte, error) {
	data, err := json.Marshal(c.state)
	if err != nil {
		return nil, fmt.Errorf("encode the state of %s: %w", c.stable(), err)
	}
	return data, nil
}

// Resume goes on from what State gave. It reads and writes nothing.
func Resume(_ context.Context, clients Clients, data []byte, opts ...Option) (*Candidate, error) {
	c := &Candidate{clients: clients}
	for _, opt := range opts {
		opt(c)
	}
	// The API machinery's decoder: whole numbers stay whole, so that values
	// compare equal to live ones.
	if err := utiljson.Unmarshal(data, &c.state); err != nil {
		return nil, fmt.Errorf("the workload's part of the journal cannot be read: %w", err)
	}
	if c.state.Version != stateVersion {
		return nil, fmt.Errorf("the workload's part of the journal has version %d and this headgate knows %d: use the headgate that began the rollout", c.state.Version, stateVersion)
	}
	if c.state.Name == "" || c.state.Candidate == nil {
		return nil, errors.New("the workload's part of the journal names no Deployment: it was edited or cut short")
	}
	return c, nil
}

func (c *Candidate) stable() string {
	return object("Deployment", c.state.Namespace, c.state.Name)
}

func (c *Candidate) candidateObject() string {
	return object("Deployment", c.state.Namespace, c.state.candidateName())
}
