package journeys_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// EnvTable names the file that the table of the cells is written to.
const envTable = "HEADGATE_FAULTS_TABLE"

// played is a cell that was played to its end.
type played struct {
	strategy, step, fault string
	index                 int // of the step
	ended                 string
	requests, failed      int64
	ok                    bool
}

var table struct {
	sync.Mutex
	rows []played
}

// note has the cell stand in the table.
func (c *cell) note(fault string) {
	c.t.Cleanup(func() {
		table.Lock()
		defer table.Unlock()
		table.rows = append(table.rows, played{c.at.name, c.at.where(), fault, c.at.index, c.ended, c.callers.Requests, c.callers.Failed, !c.t.Failed()})
	})
}

const tableHead = `# What was broken, and what became of it

Made by a run of the tests on the test mesh:

    HEADGATE_FAULTS=full HEADGATE_FAULTS_TABLE=docs/faults.md go test -run 'Driver|Fault|APIServer|Somebody|Quota|Prometheus' ./testenv/journeys

Each cell is a rollout of its own under traffic, with a driver that reaches the API server through
a proxy. The fault strikes when the step's intent is in the Journal (*before*), or when the step's
first change has been made and its answer is lost (*after*). A cell is well when in the end all
traffic is on one version, the route is as the user wrote it, nothing is left behind, the record says
what happened, and no request failed because of it.

`

// writeTable writes what was played, if somebody wants it.
func writeTable() error {
	file := os.Getenv(envTable)
	if file == "" {
		return nil
	}
	table.Lock()
	defer table.Unlock()
	slices.SortFunc(table.rows, func(a, b played) int {
		return cmp.Or(cmp.Compare(a.strategy, b.strategy), cmp.Compare(a.fault, b.fault), a.index-b.index)
	})
	var b strings.Builder
	b.WriteString(tableHead)
	well, requests, failed := 0, int64(0), int64(0)
	var rows strings.Builder
	for _, r := range table.rows {
		word := "**no**"
		if r.ok {
			word, well = "yes", well+1
		}
		requests, failed = requests+r.requests, failed+r.failed
		fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s |\n", r.strategy, r.fault, r.step, cmp.Or(r.ended, "–"), word)
	}
	fmt.Fprintf(&b, "%d of %d cells well; %d requests, %d failed.\n\n| strategy | fault | step | ended | well |\n|---|---|---|---|---|\n", well, len(table.rows), requests, failed)
	b.WriteString(rows.String())
	return os.WriteFile(file, []byte(b.String()), 0o600)
}
