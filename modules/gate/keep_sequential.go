package gate

import (
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// claimState is a claim as JSON. Bound is the bucket bound of one about
// latencies; the others say what a comparison does and allows there.
type claimState struct {
	Bound   time.Duration   `json:"bound,omitempty"`
	Below   time.Duration   `json:"below,omitempty"`
	Weight  float64         `json:"weight,omitempty"`
	Extra   float64         `json:"extra,omitempty"`
	Words   string          `json:"words,omitempty"`
	Within  string          `json:"within,omitempty"`
	Breach  json.RawMessage `json:"breach"`
	Free    json.RawMessage `json:"free,omitempty"`
	Guard   json.RawMessage `json:"guard,omitempty"`
	Proof   json.RawMessage `json:"proof,omitempty"`
	Bursts  burstsState     `json:"bursts"`
	Started bool            `json:"started,omitempty"`
	// Sized is in records from before Free.
	Sized  bool       `json:"sized,omitempty"`
	Share  float64    `json:"share,omitempty"`
	Could  float64    `json:"could,omitempty"`
	Asked  float64    `json:"asked,omitempty"`
	Proven bool       `json:"proven,omitempty"`
	Step   seq.Counts `json:"step"`
	// HangUps marks the claim about callers that hang up.
	HangUps bool `json:"hangups,omitempty"`
}

type burstsState struct {
	Clusters  seq.Clusters  `json:"clusters"`
	Candidate seq.Clusters  `json:"candidate"`
	N         float64       `json:"n,omitempty"`
	X         float64       `json:"x,omitempty"`
	CN        float64       `json:"cn,omitempty"`
	CX        float64       `json:"cx,omitempty"`
	Hits      float64       `json:"hits,omitempty"`
	Open      time.Duration `json:"open,omitempty"`
	Bin       seq.Counts    `json:"bin,omitzero"`
	BinOpen   time.Duration `json:"binOpen,omitempty"`
}

func (b *bursts) keep() burstsState {
	return burstsState{b.clusters, b.candidate, b.n, b.x, b.cn, b.cx, b.hits, b.open, b.bin, b.binOpen}
}

func (b *bursts) restore(s burstsState) {
	*b = bursts{set: b.set, alone: b.alone, single: b.single, clusters: s.Clusters, candidate: s.Candidate,
		n: s.N, x: s.X, cn: s.CN, cx: s.CX, hits: s.Hits, open: s.Open, bin: s.Bin, binOpen: s.BinOpen}
}

func (c *claim) keep() (claimState, error) {
	s := claimState{Started: c.started, Share: c.share, Could: c.guard.could, Asked: c.asked, Proven: c.proven, Step: c.step, Bursts: c.bursts.keep()}
	var errs [4]error
	s.Breach, errs[0] = json.Marshal(c.breach)
	s.Free, errs[1] = json.Marshal(c.free)
	if c.guard.test != nil {
		s.Guard, errs[3] = json.Marshal(c.guard.test)
	}
	if c.proof != nil {
		s.Proof, errs[2] = json.Marshal(c.proof)
	}
	return s, errors.Join(errs[:]...)
}

// restore also reads a record from before there was a bet by whole bins: the
// other goes on alone, with the half of the fortune that it had.
func (c *claim) restore(s claimState) error {
	c.started, c.share, c.guard.could, c.asked, c.proven, c.step = s.Started, s.Share, s.Could, s.Asked, s.Proven, s.Step
	c.bursts.restore(s.Bursts)
	errs := []error{json.Unmarshal(s.Breach, c.breach)}
	if s.Free != nil {
		errs = append(errs, json.Unmarshal(s.Free, c.free))
	} else if !s.Sized {
		c.breach.Cap(c.breach.LogE() - math.Ln2)
	}
	if s.Guard != nil && c.guard.test != nil {
		errs = append(errs, json.Unmarshal(s.Guard, c.guard.test))
	}
	if c.proof != nil {
		errs = append(errs, json.Unmarshal(s.Proof, c.proof))
	}
	return errors.Join(errs...)
}

// sequentialState is a sequential Trial as JSON.
type sequentialState struct {
	In     intakeState  `json:"in"`
	Claims []claimState `json:"claims,omitempty"`
	Part   float64      `json:"part"`
	Failed *Verdict     `json:"failed,omitempty"`
	// Late is what stable and candidate have reported and the other has not yet.
	Late [2][]part `json:"late,omitzero"`
	// Of a Trial about latencies: whether the first claim is about a limit, and
	// stable's distribution.
	Limit bool `json:"limit,omitempty"`
	// Tails says how the claims of a comparison are made: tailsForm.
	Tails  int                `json:"tails,omitempty"`
	Stable evidence.Histogram `json:"stable,omitzero"`
}

func (t *sequential) keepAll() (sequentialState, error) {
	s := sequentialState{In: t.in.keep(), Part: t.part, Failed: t.failed}
	for _, c := range t.claims {
		one, err := c.keep()
		if err != nil {
			return s, err
		}
		s.Claims = append(s.Claims, one)
	}
	return s, nil
}

func (t *sequential) restoreAll(s sequentialState) error {
	if len(s.Claims) != len(t.claims) {
		return errors.New("it has other limits now")
	}
	t.in.restore(s.In)
	t.part, t.failed = s.Part, s.Failed
	for i, c := range t.claims {
		if s.Claims[i].Breach == nil {
			continue // it was not asked then
		}
		if err := c.restore(s.Claims[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *seqErrorsTrial) keep() (any, error) {
	s, err := t.keepAll()
	if n := len(s.Claims); n > 0 && err == nil {
		s.Claims[n-1].HangUps = t.o.watchesHangUps()
	}
	s.Late = [2][]part{t.abreast.stable, t.abreast.candidate}
	return s, err
}

func (t *seqErrorsTrial) restore(data []byte) error {
	var s sequentialState
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	n := len(s.Claims)
	switch kept, now := n > 0 && s.Claims[n-1].HangUps, t.o.watchesHangUps(); {
	case kept && !now:
		return errors.New("it watched hang-ups and does not now")
	case now && !kept: // an older headgate's
		s.Claims = append(s.Claims, claimState{})
	}
	t.abreast = abreast{stable: s.Late[0], candidate: s.Late[1]}
	return t.restoreAll(s)
}

func (t *seqLatencyTrial) keep() (any, error) {
	s, err := t.keepAll()
	s.Limit, s.Stable, s.Tails = t.limit != nil, t.stable, tailsForm
	if err != nil {
		return s, err
	}
	if t.limit != nil {
		s.Claims[0].Bound = t.limit.bound
	}
	for i, c := range t.against {
		one := &s.Claims[len(s.Claims)-len(t.against)+i]
		one.Bound, one.Below, one.Weight, one.Extra, one.Words, one.Within = c.bound, c.below, c.weight, c.extra, c.limit, c.within
	}
	return s, nil
}

func (t *seqLatencyTrial) restore(data []byte) error {
	var s sequentialState
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	t.stable = s.Stable
	tails := s.Claims
	if s.Limit && len(tails) > 0 && t.o.Max != nil {
		t.limitAt(tails[0].Bound)
		tails = tails[1:]
	}
	if s.Tails != tailsForm { // the comparison begins anew, with the limit kept
		s.Claims, tails = s.Claims[:len(s.Claims)-len(tails)], nil
	}
	if len(tails) > 0 && t.o.Regression != nil {
		t.restoreTails(tails)
	}
	return t.restoreAll(s)
}

// tailsForm is 2 since stable is counted at another bound than the candidate.
const tailsForm = 2

func (t *seqLatencyTrial) restoreTails(tails []claimState) {
	bounds := make([]comparedBound, len(tails))
	for i, c := range tails {
		bounds[i] = comparedBound{at: c.Bound, below: c.Below, weight: c.Weight, proves: len(c.Proof) > 0}
	}
	t.compareAt(bounds)
	for i, c := range t.against {
		c.set(tails[i].Extra, tails[i].Words, tails[i].Within, t.o)
	}
}

// ordered are the claims with the one about a limit first.
func (t *seqLatencyTrial) ordered() (out []*claim) {
	if t.limit != nil {
		out = append(out, t.limit.claim)
	}
	for _, c := range t.against {
		out = append(out, c.claim)
	}
	return out
}

// queryState is the Trial of a sequential query.
type queryState struct {
	Sides   []querySideState `json:"sides"`
	Memory  seq.Memory       `json:"memory"`
	Last    float64          `json:"last"`
	At      time.Time        `json:"at"`
	All     uint64           `json:"all"`
	Outside uint64           `json:"outside"`
	Part    float64          `json:"part"`
	Failed  *Verdict         `json:"failed,omitempty"`
	// Breach and Proof are of a version that asked for both bounds at once.
	Breach json.RawMessage `json:"breach,omitempty"`
	Proof  json.RawMessage `json:"proof,omitempty"`
}

type querySideState struct {
	Breach *seq.Limit `json:"breach"`
	Proof  *seq.Limit `json:"proof"`
	Seen   float64    `json:"seen"`
	Beyond float64    `json:"beyond"`
	Quiet  float64    `json:"quiet"`
	// Nearest and Farthest are there once an answer was seen.
	Nearest  float64 `json:"nearest,omitempty"`
	Farthest float64 `json:"farthest,omitempty"`
}

func (s *querySide) keep() querySideState {
	k := querySideState{Breach: s.breach, Proof: s.proof, Seen: s.seen, Beyond: s.beyond, Quiet: s.quiet}
	if s.seen > 0 {
		k.Nearest, k.Farthest = s.nearest, s.farthest
	}
	return k
}

func (s *querySide) restore(k querySideState) {
	s.seen, s.beyond, s.quiet = k.Seen, k.Beyond, k.Quiet
	if k.Seen > 0 {
		s.nearest, s.farthest = k.Nearest, k.Farthest
	}
}

func (t *seqQueryTrial) keep() (any, error) { //nolint:unparam // the other trials' may fail
	a := t.answers
	s := queryState{Memory: t.memory, Last: a.last, At: a.at, All: a.all, Outside: a.outside, Part: t.part, Failed: t.failed}
	for _, side := range t.sides {
		s.Sides = append(s.Sides, side.keep())
	}
	return s, nil
}

func (t *seqQueryTrial) restore(data []byte) error {
	s := queryState{}
	for _, side := range t.sides { // tests are read into ones made in the same way
		s.Sides = append(s.Sides, querySideState{Breach: side.breach, Proof: side.proof})
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	if len(s.Sides) != len(t.sides) {
		return errors.New("it has other bounds now")
	}
	t.memory, t.part, t.failed = s.Memory, s.Part, s.Failed
	t.answers = answers{last: s.Last, at: s.At, all: s.All, outside: s.Outside}
	if len(s.Breach) > 0 && len(t.sides) == 1 {
		return errors.Join(json.Unmarshal(s.Breach, t.sides[0].breach), json.Unmarshal(s.Proof, t.sides[0].proof))
	}
	for i, side := range t.sides {
		side.restore(s.Sides[i])
	}
	return nil
}
