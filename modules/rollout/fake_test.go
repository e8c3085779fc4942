package rollout

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/rollout/witness"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// world is a cluster with traffic as the engine's edges see it: time is the
// test bubble's, counts follow the weight exactly.
type world struct {
	weight               int // what the routes say
	served               int // what the data plane follows
	baseline, servedBase int // the same of the baseline
	deaf                 bool
	rate                 float64 // requests per second
	errorRate            float64 // of the candidate
	baseErrors           float64 // of the baseline
	log                  []string
	creates              int                // destinations that prepare makes
	past                 [2]float64         // requests a second at stable and candidate that no weight governs
	fail                 map[string][]error // errors to return, by call
	request              journal.Request
	records              map[string]journal.Record
	last                 time.Time
	since                time.Duration // the last account's time
	totals               evidence.Reading
	events               []Event
	readErr              error
	old                  *evidence.Reading // is read again and again, with its age
	onEvent              func(Event)
	onCall               func(string)
	onRequest            func(journal.Request) // after a look at the request
	never                bool                  // Pods do not get ready
	slow                 time.Duration         // what the next Pods take
	// ungoverned requests a second reach the candidate's Pods whatever the weights, as
	// long as they are in its Service; unseen ones are not counted by callers.
	ungoverned float64
	unseen     bool
	inService  bool
	// elsewhere is the share of the candidate's requests, as callers count them, that
	// does not reach it; received is what does.
	elsewhere float64
	received  uint64
	mute      bool    // nobody says what the candidate received
	stableErr float64 // stable's errors once it has the new version
	stands    string  // what stands ready, in words; "ready" when empty
	// long says until when a request is under way at a version.
	long map[Version]time.Time
}

func newWorld() *world {
	return &world{rate: 200, fail: map[string][]error{}, records: map[string]journal.Record{}}
}

func (w *world) call(name string) error {
	w.log = append(w.log, name)
	if w.onCall != nil {
		w.onCall(name)
	}
	if errs := w.fail[name]; len(errs) > 0 {
		w.fail[name] = errs[1:]
		return errs[0]
	}
	return nil
}

// ready waits for Pods, in vain when they never get ready.
func (w *world) ready(ctx context.Context) error {
	if w.slow > 0 {
		d := w.slow
		w.slow = 0
		return sleep(ctx, d)
	}
	if !w.never {
		return nil
	}
	<-ctx.Done()
	return fmt.Errorf("waiting for Pods: %w", context.Cause(ctx))
}

func (w *world) Prepare(context.Context) error                   { return w.call("prepare") }
func (w *world) Creates() int                                    { return w.creates }
func (w *world) Drift(context.Context) ([]traffic.Change, error) { return nil, nil }
func (w *world) Cleanup(context.Context) error                   { return w.call("cleanup") }
func (w *world) State() ([]byte, error)                          { return json.Marshal(w.weight) }
func (w *world) Weight(context.Context) (traffic.Weights, error) {
	if errs := w.fail["weight"]; len(errs) > 0 {
		w.fail["weight"] = errs[1:]
		return traffic.Weights{}, errs[0]
	}
	return traffic.Weights{Candidate: w.weight, Baseline: w.baseline}, nil
}

func (w *world) Intend(traffic.Weights) {}

func (w *world) SetWeight(_ context.Context, to traffic.Weights) error {
	name := fmt.Sprintf("set %d", to.Candidate)
	if to.Baseline > 0 {
		name += fmt.Sprintf("/%d", to.Baseline)
	}
	if err := w.call(name); err != nil {
		return err
	}
	w.account()
	w.weight, w.baseline = to.Candidate, to.Baseline
	if !w.deaf {
		w.served, w.servedBase = to.Candidate, to.Baseline
	}
	return nil
}

func (w *world) Restore(context.Context) error {
	if err := w.call("restore"); err != nil {
		return err
	}
	w.account()
	w.weight, w.served, w.baseline, w.servedBase = 0, 0, 0, 0
	return nil
}

// account counts the traffic up to now.
func (w *world) account() {
	now := time.Now()
	if w.last.IsZero() {
		w.last = now
	}
	w.since = now.Sub(w.last)
	span := w.since.Seconds()
	n := w.rate * span
	w.last = now
	c := uint64(n * float64(w.served) / 100)
	w.totals.Candidate.Requests += c
	w.totals.Candidate.Errors += uint64(float64(c) * w.errorRate)
	b := uint64(n * float64(w.servedBase) / 100)
	w.totals.Baseline.Requests += b
	w.totals.Baseline.Errors += uint64(float64(b) * w.baseErrors)
	w.totals.Stable.Requests += uint64(n) - c - b + uint64(w.past[0]*span)
	past := uint64(w.past[1] * span)
	w.totals.Candidate.Requests += past
	w.totals.Candidate.Errors += uint64(float64(past) * w.errorRate)
	if w.did("update stable") && !w.did("revert stable") {
		w.totals.Stable.Errors += uint64(float64(uint64(n)-c-b) * w.stableErr)
	}
	w.received += uint64(float64(c) * (1 - w.elsewhere))
	if u := uint64(w.ungoverned * w.since.Seconds()); w.inService {
		w.received += u
		if !w.unseen {
			w.totals.Candidate.Requests += u
		}
	}
}

func (w *world) Read(context.Context) (evidence.Reading, error) {
	if w.readErr != nil {
		return evidence.Reading{}, w.readErr
	}
	if w.old != nil {
		r := *w.old
		r.At = time.Now()
		return r, nil
	}
	return w.reading(), nil
}

func (w *world) reading() evidence.Reading {
	w.account()
	r := w.totals
	r.At, r.Fresh = time.Now(), time.Now()
	return r
}

// Received is what the candidate's own proxies would say.
func (w *world) Received(context.Context) witness.Receipt {
	w.account()
	return witness.Receipt{Requests: w.received, Pods: 1, Known: !w.mute}
}

// work is the world's Deployments, whose State would clash with the routes'.
type work struct{ w *world }

func (d work) Create(context.Context, int) error {
	d.w.account()
	d.w.inService = true
	return d.w.call("create")
}
func (d work) EnsureCapacity(ctx context.Context, weight, baseline int) (string, error) {
	name := fmt.Sprintf("capacity %d", weight)
	if baseline > 0 {
		name += fmt.Sprintf("/%d", baseline)
	}
	err := errors.Join(d.w.call(name), d.w.ready(ctx))
	return cmp.Or(d.w.stands, "ready"), err
}
func (d work) RemoveBaseline(context.Context) error { return d.w.call("remove baseline") }
func (d work) PromoteStable(ctx context.Context) error {
	return errors.Join(d.w.call("update stable"), d.w.ready(ctx))
}
func (d work) RevertStable(context.Context) error { return d.w.call("revert stable") }
func (d work) Leave(context.Context) error {
	d.w.account()
	d.w.inService = false
	return d.w.call("leave")
}
func (d work) Remove(context.Context) error { return d.w.call("remove") }
func (d work) State() ([]byte, error)       { return []byte(`{}`), nil }

func (w *world) Save(_ context.Context, r *journal.Record) error {
	if errs := w.fail["save"]; len(errs) > 0 {
		w.fail["save"] = errs[1:]
		return errs[0]
	}
	w.records[r.Release] = *r
	return nil
}

func (w *world) Load(_ context.Context, release string) (*journal.Record, error) {
	r, ok := w.records[release]
	if !ok {
		return nil, journal.ErrNotFound
	}
	return &r, nil
}

func (w *world) Request() journal.Request {
	was := w.request
	if w.onRequest != nil {
		w.onRequest(was)
	}
	return was
}

func (w *world) SettleIf(r journal.Request) bool {
	was := w.request == r
	if was {
		w.request = journal.RequestNone
		if w.onRequest != nil {
			w.onRequest(r)
		}
	}
	return was
}

func (w *world) deps(gates ...gate.Gate) Deps {
	return Deps{Routes: w, Workload: work{w}, Reader: w, Records: w, Driver: w, Underway: w, Witness: w, Gates: gates, Observe: func(e Event) {
		w.events = append(w.events, e)
		if w.onEvent != nil {
			w.onEvent(e)
		}
	}}
}

func (w *world) Active(_ context.Context, v Version) (uint64, bool) {
	if time.Now().Before(w.long[v]) {
		return 1, true
	}
	return 0, true
}

func (w *world) did(name string) bool { return w.index(name) >= 0 }

func (w *world) index(name string) int {
	for i, l := range w.log {
		if l == name {
			return i
		}
	}
	return -1
}

func testSettings() Settings {
	return Settings{Interval: time.Second, Min: 5 * time.Second, Max: time.Minute, OnInconclusive: Hold,
		Route: 20 * time.Second, Drain: 10 * time.Second, Total: time.Hour, Blind: 30 * time.Second, Outage: 2 * time.Minute}
}

func (w *world) begin(list []StepSpec, gates ...gate.Gate) *Rollout {
	return w.beginWith(testSettings(), list, gates...)
}

func (w *world) beginWith(s Settings, list []StepSpec, gates ...gate.Gate) *Rollout {
	state := NewState("id", "demo", "sample", "canary", list, s)
	r, err := New(w.deps(gates...), state, &journal.Record{})
	if err != nil {
		panic(err)
	}
	return r
}

// atMost1 is a gate that wants at most 1% errors, which come one by one; 340 good
// requests prove it.
func atMost1() gate.Gate {
	limit := 0.01
	g, err := gate.Errors(gate.ErrorsOptions{Max: &limit, Promise: gate.Promise{Cluster: 1}})
	if err != nil {
		panic(err)
	}
	return g
}

var errServer = errors.New("the server says no")
