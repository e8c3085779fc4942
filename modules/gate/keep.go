package gate

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// keeper is a Trial that another process can go on with.
type keeper interface {
	// keep is all that it has seen, fit for JSON; restore reads it into a Trial
	// just begun by a gate with the same options.
	keep() (any, error)
	restore(data []byte) error
}

// panelState is a Panel as JSON: Trials by their gates' names.
type panelState struct {
	Trials map[string]json.RawMessage `json:"trials"`
	// Failed are the gates that failed together with others.
	Failed map[string]*Verdict `json:"failed,omitempty"`
	// Warmup is what its limit has seen.
	Warmup json.RawMessage `json:"warmup,omitempty"`
}

// State is what another process needs so that the promises hold over both: a
// Panel that forgot what it saw would give each part of the Rollout an alpha of
// its own.
func (p *Panel) State() (state json.RawMessage, err error) {
	out := panelState{Trials: map[string]json.RawMessage{}, Failed: map[string]*Verdict{}}
	for i, g := range p.gates {
		k, ok := p.trials[i].(keeper)
		if !ok {
			continue
		}
		seen, err := k.keep()
		if err != nil {
			return nil, fmt.Errorf("gate %q: %w", g.Name(), err)
		}
		data, err := json.Marshal(seen)
		if err != nil {
			return nil, fmt.Errorf("gate %q: encode what it has seen: %w", g.Name(), err)
		}
		out.Trials[g.Name()] = data
		if p.failed[i] != nil {
			out.Failed[g.Name()] = p.failed[i]
		}
	}
	if p.warmup != nil {
		if out.Warmup, err = p.warmup.keep(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// Restore goes on from a State. After an error the Panel begins anew.
func (p *Panel) Restore(state json.RawMessage) error {
	var in panelState
	if err := json.Unmarshal(state, &in); err != nil {
		return fmt.Errorf("decode what the gates have seen: %w", err)
	}
	for i, g := range p.gates {
		k, ok := p.trials[i].(keeper)
		data, there := in.Trials[g.Name()]
		if !ok || !there {
			continue
		}
		if err := k.restore(data); err != nil {
			warmup := p.warmup
			*p = *NewPanel(p.gates...)
			p.warmup = warmup
			return fmt.Errorf("gate %q: what it has seen cannot be read: %w", g.Name(), err)
		}
		p.failed[i] = in.Failed[g.Name()]
	}
	if p.warmup != nil && len(in.Warmup) > 0 {
		return p.warmup.restore(in.Warmup)
	}
	return nil
}

// intakeState is an intake as JSON.
type intakeState struct {
	Sum    evidence.Evidence `json:"sum"`
	Before evidence.Counts   `json:"before,omitzero"`
}

// keep leaves out the answers to queries, which a sum has no use for.
func (in *intake) keep() intakeState {
	s := intakeState{in.sum, in.before}
	s.Sum.Values = nil
	return s
}

func (in *intake) restore(s intakeState) { in.sum, in.before = s.Sum, s.Before }

// fixedState is the Trial of a fixed gate on counts.
type fixedState struct {
	In     intakeState `json:"in"`
	Failed bool        `json:"failed,omitempty"`
}

func (t *fixedErrorsTrial) keep() (any, error) { //nolint:unparam // a sequential trial's may fail
	return fixedState{t.in.keep(), t.failed}, nil
}

func (t *fixedErrorsTrial) restore(data []byte) error {
	var s fixedState
	err := json.Unmarshal(data, &s)
	t.in.restore(s.In)
	t.failed = s.Failed
	return err
}

func (t *fixedLatencyTrial) keep() (any, error) { //nolint:unparam // a sequential trial's may fail
	return fixedState{t.in.keep(), t.failed}, nil
}

func (t *fixedLatencyTrial) restore(data []byte) error {
	var s fixedState
	err := json.Unmarshal(data, &s)
	t.in.restore(s.In)
	t.failed = s.Failed
	return err
}

// runState is the Trial of a fixed query.
type runState struct {
	Newest time.Time `json:"newest"`
	Last   float64   `json:"last"`
	Inside bool      `json:"inside"`
	Run    int       `json:"run"`
}

func (t *fixedQueryTrial) keep() (any, error) { //nolint:unparam // a sequential trial's may fail
	return runState{t.newest, t.last, t.inside, t.run}, nil
}

func (t *fixedQueryTrial) restore(data []byte) error {
	var s runState
	err := json.Unmarshal(data, &s)
	t.newest, t.last, t.inside, t.run = s.Newest, s.Last, s.Inside, s.Run
	return err
}
