package ledger_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/testenv/bench/ledger"
)

var (
	ours   = ledger.Entrant{Tool: "headgate", Speed: "default", Version: "this version", Settings: "gates: []"}
	theirs = ledger.Entrant{Tool: "other", Speed: "documented", Version: "v1", Settings: "interval: 1m"}
)

func book() *ledger.Ledger {
	run := func(e ledger.Entrant, name string, kind ledger.Kind, o ledger.Outcome, bad int64, repeat int) ledger.Run {
		return ledger.Run{
			Tool: e.Tool, Speed: e.Speed, Candidate: name, Kind: kind, Rate: 100, Repeat: repeat,
			Outcome: o, Bad: bad, Served: bad * 2, LastCandidate: float64(bad), Seconds: 60, LastStable: 50,
		}
	}
	return &ledger.Ledger{Machine: "2 cores", Entrants: []ledger.Entrant{ours, theirs}, Runs: []ledger.Run{
		run(ours, "5pct", ledger.Bad, ledger.RolledBack, 8, 1),
		run(ours, "5pct", ledger.Bad, ledger.RolledBack, 10, 2),
		run(ours, "5pct", ledger.Bad, ledger.Held, 90, 3),
		run(theirs, "5pct", ledger.Bad, ledger.Promoted, 200, 1),
		run(ours, "0pct", ledger.Good, ledger.Promoted, 0, 1),
		run(theirs, "0pct", ledger.Good, ledger.RolledBack, 0, 1),
	}}
}

func TestTableSaysWhoFoundWhat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := book().Markdown(&out, ledger.Order{"0pct", "5pct"}); err != nil {
		t.Fatal(err)
	}
	for reason, line := range map[string]string{
		"a candidate that was held was found too; the median is of three": "| 5pct | 3 of 3 · 10 s · 10 [8–90] | 0 of 1 · 200 (20×) |",
		"a good one that was rolled back is not promoted":                 "| 0pct | 1 of 1 · 50 s · 60 s | 0 of 1 |",
		"settings stand beside the result":                                "### other, documented (v1)\n\n```yaml\ninterval: 1m\n```",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%s: no %q in\n%s", reason, line, out.String())
		}
	}
}

func TestChartIsWellFormed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := book().Chart(&out, 100, ledger.Order{"5pct"}); err != nil {
		t.Fatal(err)
	}
	bars := 0
	d := xml.NewDecoder(&out)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "title" {
			bars++
		}
	}
	if bars != 2 {
		t.Errorf("%d bars, want one for each tool that met the bad version", bars)
	}
}

func TestLedgerIsKeptAndGoesOn(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "raw.json")
	empty, err := ledger.Load(name)
	if err != nil || len(empty.Runs) != 0 {
		t.Fatalf("a new ledger: %+v, %v", empty, err)
	}
	want := book()
	if err := want.Save(name); err != nil {
		t.Fatal(err)
	}
	got, err := ledger.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if !got.Has("headgate", "default", "5pct", 100, 3) || got.Has("headgate", "default", "5pct", 100, 4) {
		t.Error("it does not know what was played")
	}
}
