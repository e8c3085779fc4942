package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/headgate-ci/headgate/testenv/bench/contest"
	"github.com/headgate-ci/headgate/testenv/bench/ledger"
)

//go:embed preface.md
var preface string

// versions are those of the programs that are compared.
var versions = map[string]string{"headgate": "this version", "flagger": "v1.36.1", "argo": "v1.10.1"}

func describe(entrants []contest.Entrant) []ledger.Entrant {
	var out []ledger.Entrant
	for _, e := range entrants {
		out = append(out, ledger.Entrant{Tool: e.Tool, Speed: e.Speed, Version: versions[e.Tool], Settings: e.Settings})
	}
	return out
}

// write makes the page and the charts.
func write(dir, note string, book *ledger.Ledger) error {
	var order ledger.Order
	for _, c := range contest.Candidates() {
		order = append(order, c.Name)
	}
	page := bytes.NewBufferString(preface)
	_, _ = fmt.Fprintf(page, "\nMachine: %s.\n\n", strings.TrimRight(book.Machine+". "+note, ". "))
	for _, rate := range book.Rates() {
		var chart bytes.Buffer
		if err := book.Chart(&chart, rate, order); err != nil {
			return err
		}
		name := fmt.Sprintf("bench-%g.svg", rate)
		if err := os.WriteFile(filepath.Join(dir, name), chart.Bytes(), 0o644); err != nil { //nolint:gosec // a page for everybody
			return err
		}
		_, _ = fmt.Fprintf(page, "![Bad answers at %g requests a second](%s)\n\n", rate, name)
	}
	if err := book.Markdown(page, order); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "bench.md"), page.Bytes(), 0o644) //nolint:gosec // a page for everybody
}
