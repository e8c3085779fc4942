package journeys_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/testenv/journeys/faulty"
	"github.com/headgate-ci/headgate/testenv/sample"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// faultRelease is quick: what a cell is about is what happens in between.
const faultRelease = `apiVersion: headgate.dev/v1
kind: Release
metadata:
  name: sample
  namespace: %s
spec:
  candidate: {image: %q}
  strategy:
    canary: {steps: [50], min: 1s, max: %s, interval: 500ms%s}
  decision: {cluster: 1}
  gates:
  - errors: {max: 10%%, minRequests: 10}
%s  timeouts: {ready: 60s, route: 20s, drain: 10s}
%s`

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// cell is one rollout that meets one fault at one step.
type cell struct {
	*shop
	at      place
	proxy   *faulty.Proxy
	driver  *process
	traffic *load.Load
	// ended is the phase that the rollout ended in, and callers what they got.
	ended   string
	callers load.Result
	// max bounds the gate.
	max string
	// around has the driver be started by another program, or elsewhere, before it
	// begins; nil for none.
	around func(*process)
	// reader is who reads what the driver says, where that can be hung up.
	reader io.Closer
	// started says that there is a driver, began since when.
	started chan struct{}
	began   time.Time
}

// openCell deploys the sample, sends it traffic, and gets a proxy ready through
// which the driver will reach the API server. The cell stands in the table.
func openCell(t *testing.T, at place, fault string) *cell {
	t.Helper()
	c := &cell{shop: openShop(t), at: at, max: "2m", started: make(chan struct{})}
	c.note(fault)
	var err error
	if c.proxy, err = faulty.Front(mesh.config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.proxy.Close)
	c.traffic = c.shop.traffic(faultRate(t))
	return c
}

// drive starts the rollout; extra is added to the Release's spec.
func (c *cell) drive(extra string, flags ...string) {
	c.t.Helper()
	dir := c.t.TempDir()
	file, kubeconfig := filepath.Join(dir, "headgate.yaml"), filepath.Join(dir, "kubeconfig")
	text := fmt.Sprintf(faultRelease, c.ns, sample.Ref(sample.Good), c.max, c.at.canary, c.at.gates, extra)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	if err := c.proxy.Kubeconfig(kubeconfig); err != nil {
		c.t.Fatal(err)
	}
	c.driver = c.prepared(append([]string{"run", "-f", file, "--kubeconfig", kubeconfig, "-o", "json"}, flags...)...)
	if c.around != nil {
		c.around(c.driver)
	}
	c.driver.begin()
	c.began = time.Now()
	close(c.started)
}

// faultRate is the traffic of each cell, in requests per second; several cells
// run side by side. HEADGATE_FAULTS_RATE is another.
func faultRate(t *testing.T) float64 {
	t.Helper()
	text, ok := os.LookupEnv("HEADGATE_FAULTS_RATE")
	if !ok {
		return 40
	}
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || rate <= 0 {
		t.Fatalf("HEADGATE_FAULTS_RATE=%s is no number of requests per second", text)
	}
	return rate
}

// signal sends one to the driver; SIGKILL ends it as a vanished runner does.
func (c *cell) signal(s syscall.Signal) {
	<-c.started
	_ = c.driver.cmd.Process.Signal(s) // it may have ended
}

// intent waits for the Journal's intent of a step, and then does something:
// with the intent written and nothing of the step done (before), or after the
// step's first change, whose answer the driver does not get.
type intent struct {
	phase string // running or rollingBack
	step  string
	after bool
	// pass lets the driver have its answer.
	pass bool
	// hold keeps the driver waiting for its answer, so that it gets no further
	// before it has noticed what was done.
	hold bool
	do   func()

	mu   sync.Mutex
	seen bool
	done bool
}

// fault is the proxy's part of an intent.
func (i *intent) fault(r *http.Request) faulty.Answer {
	if !faulty.Mutates(r) || strings.Contains(r.URL.Path, "/leases") {
		return nil
	}
	phase, step := journalled(r)
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.done:
		return nil
	case i.seen:
		i.done = true
		return i.strike
	case phase == i.phase && step == i.step:
		return i.meet
	default:
		return nil
	}
}

// meet is the write of the intent. One that is refused was not written: the
// driver hears of it, and tries again.
func (i *intent) meet(p *faulty.Proxy, w http.ResponseWriter, r *http.Request) {
	answer := faulty.Ask(p, r)
	i.mu.Lock()
	i.seen = i.seen || answer.Code < http.StatusMultipleChoices
	strike := i.seen && !i.after && !i.done
	i.done = i.done || strike
	i.mu.Unlock()
	if !strike || i.pass {
		answer.Give(w)
	}
	if strike {
		i.do()
		if !i.pass {
			panic(http.ErrAbortHandler)
		}
	}
}

// strike is the first change after the intent.
func (i *intent) strike(p *faulty.Proxy, w http.ResponseWriter, r *http.Request) {
	if i.hold {
		faulty.Swallow(i.do)(p, w, r)
		return
	}
	defer i.do() // whatever becomes of the request
	if i.pass {
		faulty.Pass(p, w, r)
		return
	}
	faulty.Lose(p, w, r)
}

// happened says that the intent was met.
func (i *intent) happened() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.done
}

// journalled is the phase and the step of which a write of the Journal tells.
func journalled(r *http.Request) (phase, step string) {
	if !strings.Contains(r.URL.Path, "/configmaps") {
		return "", ""
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var doc struct {
		Data map[string]string `json:"data"`
	}
	var state struct {
		Phase   string
		Current int
		Steps   []struct {
			Record struct{ Name, Status string }
		}
	}
	if err != nil || json.Unmarshal(body, &doc) != nil || json.Unmarshal([]byte(doc.Data["rollout.json"]), &state) != nil || state.Current >= len(state.Steps) {
		return "", ""
	}
	rec := state.Steps[state.Current].Record
	if state.Phase == "running" && rec.Status != "running" {
		return state.Phase, "" // the record of a rollout that has begun no step yet
	}
	return state.Phase, rec.Name
}

// again runs a command of the program, past the dead driver's Lease, until it
// has become the driver.
func (c *cell) again(args ...string) (code int, said string) {
	c.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		p := c.command(append(args, "sample", "-n", c.ns, "-o", "json")...)
		code = p.wait()
		said = p.progress() + p.stdout.String()
		busy := code == 4 && strings.Contains(said, "is rolling it out")
		if !busy || time.Now().After(deadline) {
			return code, said
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// outcome is how the Journal says that the rollout ended.
func (c *cell) outcome() (phase, reason string) {
	c.t.Helper()
	obj, err := mesh.client.Resource(configMaps).Namespace(c.ns).Get(context.Background(), "headgate-sample", metav1.GetOptions{})
	if err != nil {
		c.t.Errorf("the journal: %v", err)
		return "", ""
	}
	data, _ := obj.Object["data"].(map[string]any)
	var state struct{ Phase, Reason string }
	text, _ := data["rollout.json"].(string)
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		c.t.Errorf("the journal: %v", err)
	}
	return state.Phase, state.Reason
}

// settled fails unless all traffic is on one version, the routes are as the
// user wrote them, nothing is left behind and the record says what happened.
// It returns the phase in which the rollout ended.
func (c *cell) settled() string {
	c.t.Helper()
	phase, reason := c.outcome()
	image := ""
	switch phase {
	case "promoted":
		image = sample.Ref(sample.Good)
	case "rolledBack", "aborted":
	default:
		c.t.Errorf("the rollout is %s (%s), which is no end", phase, reason)
	}
	if reason == "" {
		c.t.Error("the record does not say why it ended so")
	}
	c.ended = phase
	c.asBefore(image)
	c.oneVersion(phase)
	return phase
}

// oneVersion asks the service and fails unless only the version that the
// rollout ended with answers.
func (c *cell) oneVersion(phase string) {
	c.t.Helper()
	want := sample.Stable
	if phase == "promoted" {
		want = sample.Good
	}
	after, err := load.Start(context.Background(), load.Options{URL: mesh.env.Gateway, Host: c.host, Rate: 50, Timeout: 10 * time.Second})
	if err != nil {
		c.t.Fatal(err)
	}
	c.eventually("some requests are answered", func() error {
		if n := after.Snapshot().Requests; n < 25 {
			return fmt.Errorf("%d so far", n)
		}
		return nil
	})
	got := after.Stop()
	for version := range got.Versions {
		if version != want {
			c.t.Errorf("the rollout is %s, but %q answers: %v %v", phase, version, got.Versions, got.Failures)
		}
	}
}

// unharmed fails when a request failed during the cell.
func (c *cell) unharmed() {
	c.t.Helper()
	c.callers = c.traffic.Stop()
	c.served(c.callers, "")
}

// first is what the first of the faults that has an answer says.
func first(faults ...faulty.Fault) faulty.Fault {
	return func(r *http.Request) faulty.Answer {
		for _, f := range faults {
			if a := f(r); a != nil {
				return a
			}
		}
		return nil
	}
}
