package rollout

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// stateVersion is raised when an older headgate could not finish a Rollout
// that this one began.
//
// 1: the first. 2: Intent, and routes that name the weights to come; a record of
// version 1 is read as it is, and any weight that it could have meant counts.
//
// goingBackVersion is that of a record while a promotion is taken back.
const (
	stateVersion     = 2
	goingBackVersion = 3
)

// Phase is where a Rollout stands as a whole.
type Phase string

// The phases.
const (
	Running     Phase = "running"
	Paused      Phase = "paused"
	Waiting     Phase = "waiting" // for a person's approval
	Held        Phase = "held"
	RollingBack Phase = "rollingBack"
	Promoted    Phase = "promoted"
	RolledBack  Phase = "rolledBack"
	Aborted     Phase = "aborted"
)

// Ended says that nothing is left to be done or undone.
func (p Phase) Ended() bool {
	return p == Promoted || p == RolledBack || p == Aborted
}

// forPerson says that the driver stands still until a person says something.
func (p Phase) forPerson() bool { return p == Paused || p == Waiting }

// State is all that a Rollout knows, in one place; it is what the Journal keeps.
type State struct {
	Version   int       `json:"version"`
	ID        string    `json:"id"`
	Release   string    `json:"release"`
	Namespace string    `json:"namespace"`
	Strategy  string    `json:"strategy"`
	From      string    `json:"from,omitempty"`
	To        string    `json:"to,omitempty"`
	Source    string    `json:"source,omitempty"`
	Holder    string    `json:"holder,omitempty"`
	Phase     Phase     `json:"phase"`
	Started   time.Time `json:"started"`
	Finished  time.Time `json:"finished,omitzero"`
	// Job is the one in the cluster that began the Rollout; empty when another
	// process did. Earlier names what stood on record before, by Rollout and Job,
	// so that a late Pod of theirs sees that its Rollout is over.
	Job     string   `json:"job,omitempty"`
	Earlier []string `json:"earlier,omitempty"`
	// Spec is the Release as it was resolved when the Rollout began.
	Spec     json.RawMessage `json:"spec,omitempty"`
	Settings Settings        `json:"settings"`
	Steps    []StepState     `json:"steps"`
	// Current is the index of the step that is being done, or comes next.
	Current int `json:"current"`
	// Committed says that the routes are back and stable runs the new version:
	// from here the way out is forward.
	Committed bool `json:"committed,omitempty"`
	// GoingBack says that stable is being given back the version from before the
	// promotion.
	GoingBack bool `json:"goingBack,omitempty"`
	// History are the Rollouts before this one, newest first.
	History []Past `json:"history,omitempty"`
	// Warm is until when the candidate's Pods warm up, and Stands is what stood ready
	// of them, in words.
	Warm   time.Time `json:"warm,omitzero"`
	Stands string    `json:"stands,omitempty"`
	// Intent is the change that is being made; nil between changes.
	Intent *Intent `json:"intent,omitempty"`
	// Weight is the share that was last asked of the routes.
	Weight int `json:"weight"`
	// Unseen says that there are ways to the candidate which callers' proxies do not
	// count, such as mirrors.
	Unseen bool `json:"unseen,omitempty"`
	// Astray says that the candidate got requests that no route had sent it.
	Astray bool `json:"astray,omitempty"`
	// Baseline is the same of the baseline's.
	Baseline int               `json:"baseline,omitempty"`
	Totals   evidence.Evidence `json:"totals"`
	// Timeline is every look so far; report.Timeline.Add bounds it.
	Timeline report.Timeline `json:"timeline,omitempty"`
	// Trials is what the gates have seen; see gate.Panel.
	Trials   json.RawMessage `json:"trials,omitempty"`
	Routes   json.RawMessage `json:"routes,omitempty"`
	Workload json.RawMessage `json:"workload,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Next     string          `json:"next,omitempty"`
	// Why is what began an undoing, so that who finishes it knows the verdict.
	Why      Ending   `json:"why,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// StepState is a Step's description and its record.
type StepState struct {
	Spec     StepSpec    `json:"spec"`
	Record   report.Step `json:"record"`
	Started  time.Time   `json:"started,omitzero"`
	Finished time.Time   `json:"finished,omitzero"`
}

// NewState is the state of a Rollout that has not begun.
func NewState(id, namespace, release, strategy string, list []StepSpec, settings Settings) *State {
	s := &State{Version: stateVersion, ID: id, Release: release, Namespace: namespace, Strategy: strategy,
		Phase: Running, Started: time.Now().UTC(), Settings: settings}
	for _, spec := range list {
		s.Steps = append(s.Steps, newStep(spec))
	}
	return s
}

// newStep is a step that was not begun.
func newStep(spec StepSpec) StepState {
	return StepState{Spec: spec, Record: report.Step{Name: spec.Name(), Status: report.Pending, Weight: spec.Weight}}
}

// DecodeState reads a State from the Journal.
func DecodeState(data []byte) (*State, error) {
	s := &State{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("decode the rollout's journal: %w", err)
	}
	if s.Version < 1 || len(s.Steps) == 0 {
		return nil, fmt.Errorf("decode the rollout's journal: version %d with %d steps is no rollout's: it was edited or cut short", s.Version, len(s.Steps))
	}
	if s.Current < 0 || s.Current > len(s.Steps) {
		return nil, fmt.Errorf("decode the rollout's journal: step %d of %d is no step: it was edited", s.Current, len(s.Steps))
	}
	if s.Version > goingBackVersion || s.Version == goingBackVersion && !s.GoingBack {
		return nil, fmt.Errorf("rollout %s/%s was begun by a newer headgate (journal version %d, this one knows %d): use that version to finish it", s.Namespace, s.Release, s.Version, stateVersion)
	}
	if s.GoingBack {
		return s, nil
	}
	s.Version = stateVersion // what is written from here is this one's
	return s, nil
}

// weights are the shares that were last asked of the routes.
func (s *State) weights() traffic.Weights {
	return traffic.Weights{Candidate: s.Weight, Baseline: s.Baseline}
}

func (s *State) stand(w traffic.Weights) { s.Weight, s.Baseline = w.Candidate, w.Baseline }

// CurrentStep is the name of the step that is being done or comes next; empty
// when none does.
func (s *State) CurrentStep() string {
	if s.Current >= len(s.Steps) {
		return ""
	}
	return s.Steps[s.Current].Record.Name
}

func (s *State) warn(text string) {
	if !slices.Contains(s.Warnings, text) && len(s.Warnings) < 50 {
		s.Warnings = append(s.Warnings, text)
	}
}
