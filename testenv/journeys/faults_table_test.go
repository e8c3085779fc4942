package journeys_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
)

const (
	// envTable names the file that the table of the cells is written to.
	envTable = "HEADGATE_FAULTS_TABLE"
	// envRaw names a file that keeps every cell that was played; the table tells
	// of those in it too, so that it can be made by several runs.
	envRaw = "HEADGATE_FAULTS_RAW"
)

// played is a cell that was played to its end.
type played struct {
	Strategy, Step, Fault string
	Index                 int // of the step
	Ended                 string
	Requests, Failed      int64
	OK                    bool
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

Made by runs of the tests on the test mesh:

    HEADGATE_FAULTS=full HEADGATE_FAULTS_TABLE=docs/faults.md go test -timeout 2h -count 3 \
        -run 'Driver|Fault|Clock|APIServerFails|Somebody|Quota|PrometheusAnswers' ./testenv/journeys

Each cell is a rollout of its own under 40 requests a second (HEADGATE_FAULTS_RATE), with a driver
that reaches the API server through a proxy. The fault strikes when the step's intent is in the
Journal (*before*), or when the step's first change has been made and its answer is lost (*after*).
A cell is well when in the end all traffic is on one version, the route is as the user wrote it,
nothing is left behind, and the record says what happened. Where the driver alone was hurt, no
request may have failed either.

A strategy meets each fault at the steps at which it is not the plain canary: as long as there is a
baseline, or an old version that is kept.

Left out are runs in which the mesh's gateway got so little of the processor that it answered nobody
("Containers that start go behind those that serve", docs/design-log.md).

*Stopped*, *cancelled* and the like strike before the step's first change: timeout and make as
this machine has them, npm's second SIGINT, ten seconds from SIGTERM to SIGKILL for docker stop,
SIGINT, SIGTERM after 7.5 s and SIGKILL after 10 s for GitHub, SIGTERM to shell and run together for
GitLab. Where SIGKILL came before everything was put back, the route must be as the user wrote it
already (but for *update stable* and *return traffic*), and headgate rollback does the rest.

*Candidate's node lost* stops every process of the candidate's Pods and keeps the Pods in the API
after they are deleted, as those of a node that is cut off; the node itself is shared and stays.

`

// writeTable writes what was played, if somebody wants it.
func writeTable() error {
	table.Lock()
	defer table.Unlock()
	if err := kept(os.Getenv(envRaw)); err != nil {
		return err
	}
	file := os.Getenv(envTable)
	if file == "" {
		return nil
	}
	return os.WriteFile(file, []byte(tableHead+tableOf(table.rows)), 0o600)
}

// kept adds the rows to those of earlier runs.
func kept(file string) error {
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var earlier []played
	if err == nil {
		if err := json.Unmarshal(data, &earlier); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	table.rows = append(earlier, table.rows...)
	if data, err = json.Marshal(table.rows); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// tableOf has a line for each cell, however often it was played.
func tableOf(rows []played) string {
	var lines strings.Builder
	cells, well := cellsOf(rows), 0
	for _, cell := range cells {
		good := 0
		var ended []string
		for _, r := range cell {
			if r.OK {
				good++
			}
			if !slices.Contains(ended, r.Ended) {
				ended = append(ended, r.Ended)
			}
		}
		if good == len(cell) {
			well++
		}
		slices.Sort(ended)
		fmt.Fprintf(&lines, "| %s | %s | %s | %s | %d of %d |\n", cell[0].Strategy, cell[0].Fault, cell[0].Step, cmp.Or(strings.Join(ended, ", "), "–"), good, len(cell))
	}
	var requests, failed int64
	for _, r := range rows {
		requests, failed = requests+r.Requests, failed+r.Failed
	}
	return fmt.Sprintf("%d of %d cells well each time they were played, %d rollouts in all; where the driver alone was hurt, %d of %d requests failed.\n\n", well, len(cells), len(rows), failed, requests) +
		"| strategy | fault | step | ended | well |\n|---|---|---|---|---|\n" + lines.String()
}

// cellsOf sorts rows and puts those of one cell together.
func cellsOf(rows []played) (cells [][]played) {
	order := func(a, b played) int {
		return cmp.Or(cmp.Compare(a.Strategy, b.Strategy), cmp.Compare(a.Fault, b.Fault), a.Index-b.Index)
	}
	slices.SortStableFunc(rows, order)
	for _, r := range rows {
		if n := len(cells); n > 0 && order(cells[n-1][0], r) == 0 {
			cells[n-1] = append(cells[n-1], r)
			continue
		}
		cells = append(cells, []played{r})
	}
	return cells
}
