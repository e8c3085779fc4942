package envoy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
)

func open(t *testing.T, source *Source) metrics.Reader {
	t.Helper()
	reader, err := source.Open(t.Context(), subject(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	return reader
}

func read(t *testing.T, reader metrics.Reader) evidence.Reading {
	t.Helper()
	reading, err := reader.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return reading
}

func TestReadCountsSinceOpen(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 1_000))
	c.add("demo", "web", "web-1", "")
	reader := open(t, c.serve(t, nil))
	c.set("gateway-1", says(sent("stable", "sample", "200", "-", 1_080)+sent("canary", "sample-canary", "200", "-", 15)+sent("canary", "", "503", "UH", 5)))
	c.set("web-1", says(sent("stable", "sample", "200", "-", 10)))
	got := read(t, reader)
	if got.Stable.Requests != 90 || got.Stable.Errors != 0 {
		t.Errorf("stable %+v, want 80 from the gateway and 10 from a caller in the mesh", got.Stable)
	}
	if got.Candidate.Requests != 20 || got.Candidate.Errors != 5 {
		t.Errorf("candidate %+v, want 20 requests, 5 of which found no Pod", got.Candidate)
	}
	if age := time.Since(got.Fresh); age > time.Minute || got.Fresh.After(time.Now()) {
		t.Errorf("fresh %s ago", age)
	}
	for _, filter := range c.filters {
		if !strings.Contains(filter, `sample\.demo\.svc\.cluster\.local`) {
			t.Errorf("a proxy is asked for more than ours: filter %q", filter)
		}
	}
}

func TestPodsComeAndGo(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 1_000))
	reader := open(t, c.serve(t, nil))

	c.add("istio-system", "gateway", "gateway-2", sent("stable", "sample", "200", "-", 7))
	if got := read(t, reader); got.Stable.Requests != 7 {
		t.Errorf("a proxy younger than the reader: %d requests, want all of its 7", got.Stable.Requests)
	}
	c.set("gateway-1", says(sent("stable", "sample", "200", "-", 3)))
	if got := read(t, reader); got.Stable.Requests != 10 {
		t.Errorf("a proxy that restarted: %d requests, want 7 + 3", got.Stable.Requests)
	}
	c.remove("gateway-2")
	if got := read(t, reader); got.Stable.Requests != 10 {
		t.Errorf("a proxy that is gone: %d requests, want still 10", got.Stable.Requests)
	}
}

func TestAProxyThatDidNotAnswerAtOpenIsNotNew(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 1_000))
	c.add("istio-system", "gateway", "gateway-2", "")
	c.set("gateway-2", breaks)
	reader := open(t, c.serve(t, nil))
	c.set("gateway-2", says(sent("stable", "sample", "200", "-", 50_000)))
	got := read(t, reader)
	if got.Stable.Requests != 0 {
		t.Errorf("%d requests of before the rollout are counted", got.Stable.Requests)
	}
	if notes := strings.Join(got.Notes, "\n"); !strings.Contains(notes, "gateway-2") {
		t.Errorf("that it did not answer is not noted: %q", notes)
	}
	c.set("gateway-2", says(sent("stable", "sample", "200", "-", 50_004)))
	if got := read(t, reader); got.Stable.Requests != 4 {
		t.Errorf("%d requests, want the 4 since", got.Stable.Requests)
	}
}

func TestOneSilentProxyIsANoteAllAreAnError(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 100))
	c.add("istio-system", "gateway", "gateway-2", sent("stable", "sample", "200", "-", 100))
	c.add("demo", "web", "web-1", "") // calls somebody else, and answers
	reader := open(t, c.serve(t, func(o *Options) { o.Timeout = 200 * time.Millisecond }))

	c.set("gateway-1", says(sent("stable", "sample", "200", "-", 110)))
	c.set("gateway-2", hangs)
	got := read(t, reader)
	if got.Stable.Requests != 10 || !strings.Contains(strings.Join(got.Notes, "\n"), "gateway-2: no answer within 200ms") {
		t.Errorf("%d requests, notes %q", got.Stable.Requests, got.Notes)
	}
	c.set("gateway-1", breaks)
	if got, err := reader.Read(t.Context()); err == nil {
		t.Errorf("nobody who counts answers, and the reading is %+v", got)
	}
	c.set("gateway-1", says(sent("stable", "sample", "200", "-", 130)))
	if got := read(t, reader); got.Stable.Requests != 30 {
		t.Errorf("%d requests, want those that were missed too", got.Stable.Requests)
	}
}

func TestManySilentProxiesAreOneNote(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 100))
	for i := range 9 {
		name := fmt.Sprint("web-", i)
		c.add("demo", "web", name, "")
		c.set(name, breaks)
	}
	reader := open(t, c.serve(t, nil))
	if got := read(t, reader); len(got.Notes) != 2 || !strings.Contains(got.Notes[1], "9 of 10 proxies") {
		t.Errorf("want one note of Open and one of Read, got %q", got.Notes)
	}
}

// Somebody else's Pod that ends while it is asked is nothing a user can act on.
func TestAnIdleProxyThatDoesNotAnswerIsToldWhenItStaysSo(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 100))
	c.add("other", "web", "web-1", "")
	reader := open(t, c.serve(t, nil))
	c.set("web-1", breaks)
	for i := range 3 {
		told := strings.Contains(strings.Join(read(t, reader).Notes, "\n"), "web-1")
		if want := i == 2; told != want {
			t.Errorf("read %d without an answer: told %v, want %v", i+1, told, want)
		}
	}
}

func TestIdleProxiesAreAskedInTurn(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 100))
	for i := range 4 {
		c.add("demo", "web", fmt.Sprint("web-", i), "")
	}
	reader := open(t, c.serve(t, func(o *Options) { o.IdlePerLook = 2 }))
	c.set("web-3", says(sent("stable", "sample", "200", "-", 6)))
	read(t, reader)
	if got := read(t, reader); got.Stable.Requests != 6 {
		t.Errorf("after two looks %d requests of the new caller are known, want 6", got.Stable.Requests)
	}
	for pod, want := range map[string]int{"gateway-1": 3, "web-0": 2, "web-3": 2} {
		if got := c.times(pod); got != want {
			t.Errorf("%s was asked %d times, want %d", pod, got, want)
		}
	}
}

func TestOnlyTheServersAreReadOnTheirSide(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 100))
	c.add("demo", "web", "web-1", "")
	c.add("demo", "sample", "sample-1", received("200", 500))
	reader := open(t, c.serve(t, func(o *Options) { o.Side = DestinationSide }))
	c.set("sample-1", says(received("200", 590)))
	c.add("demo", "sample-canary", "sample-canary-1", received("500", 10))
	got := read(t, reader)
	if got.Stable.Requests != 90 || got.Candidate.Requests != 10 || got.Candidate.Errors != 10 {
		t.Errorf("stable %+v, candidate %+v", got.Stable, got.Candidate)
	}
	if n := c.times("gateway-1") + c.times("web-1"); n != 0 {
		t.Errorf("callers were asked %d times", n)
	}
}

func TestNobodyIsLeft(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 100))
	reader := open(t, c.serve(t, nil))
	c.remove("gateway-1")
	if got, err := reader.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "no proxy is left") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAClosedReaderSaysSo(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", "")
	reader := open(t, c.serve(t, nil))
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", strings.Repeat("# a comment\n", 1_000))
	source := c.serve(t, func(o *Options) { o.MaxBytes = 1_000 })
	if _, err := source.Open(t.Context(), subject(), nil); err == nil || !strings.Contains(err.Error(), "larger than 1000 bytes") {
		t.Errorf("got %v", err)
	}
}
