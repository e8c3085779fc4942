package ledger

import (
	"fmt"
	"io"
	"strings"
)

// Order is that of the candidates in tables and charts.
type Order []string

// Markdown writes the tables, with the settings they stand for.
func (l *Ledger) Markdown(w io.Writer, order Order) error {
	p := &printer{w: w}
	for _, rate := range l.Rates() {
		p.line("## At %g requests a second", rate)
		p.line("")
		l.bad(p, rate, order)
		l.good(p, rate, order)
		l.others(p, rate)
	}
	p.line("## Settings")
	for _, e := range l.Entrants {
		p.line("\n### %s (%s)\n\n```yaml\n%s\n```", e.Name(), e.Version, strings.TrimSpace(e.Settings))
	}
	return p.err
}

// bad is the table of candidates that should be found.
func (l *Ledger) bad(p *printer, rate float64, order Order) {
	entrants := l.at(rate)
	p.line("### Bad versions\n")
	p.line("Found in how many rollouts · seconds from the order until callers got the last answer of the bad version, where it was found · bad answers that callers got until the tool was done. Medians, with the least and the most in square brackets; in round ones, how many times as many bad answers as with Headgate.\n")
	p.row("candidate", entrants, func(e Entrant) string { return e.Name() })
	p.rule(len(entrants))
	for _, name := range append(l.Candidates(Bad, rate, order), l.Candidates(Borderline, rate, order)...) {
		first := l.first(entrants, name, rate)
		p.row(name, entrants, func(e Entrant) string { return found(l.Cell(e, name, rate), first) })
	}
	p.line("")
}

// first is the cell that the others are held against.
func (l *Ledger) first(entrants []Entrant, candidate string, rate float64) Cell {
	if len(entrants) == 0 {
		return Cell{}
	}
	return l.Cell(entrants[0], candidate, rate)
}

// found is what a cell of the first table says.
func found(c, reference Cell) string {
	if len(c.Runs) == 0 {
		return "–"
	}
	text := fmt.Sprintf("%d of %d", c.Kept(), len(c.Runs))
	if off := c.Where(func(o Outcome) bool { return o != Promoted }); len(off.Runs) > 0 {
		text += fmt.Sprintf(" · %.0f s", off.Median(OffOf))
	}
	text += fmt.Sprintf(" · %.0f", c.Median(BadOf))
	if least, most := c.Range(BadOf); least != most {
		text += fmt.Sprintf(" [%.0f–%.0f]", least, most)
	}
	return text + times(c.Median(BadOf), reference.Median(BadOf))
}

// times says how many times as much as a reference something is.
func times(value, reference float64) string {
	if reference <= 0 || value == reference {
		return ""
	}
	if t := value / reference; t >= 10 {
		return fmt.Sprintf(" (%.0f×)", t)
	}
	return fmt.Sprintf(" (%.2g×)", value/reference)
}

// good is the table of candidates that should be promoted.
func (l *Ledger) good(p *printer, rate float64, order Order) {
	entrants := l.at(rate)
	p.line("### Good versions\n")
	p.line("Promoted in how many rollouts · seconds from the order until all callers got the new version · seconds until the tool was done. Medians over those; in brackets, how many times as long as Headgate took to be done.\n")
	p.row("candidate", entrants, func(e Entrant) string { return e.Name() })
	p.rule(len(entrants))
	for _, name := range l.Candidates(Good, rate, order) {
		first := l.first(entrants, name, rate)
		p.row(name, entrants, func(e Entrant) string { return promoted(l.Cell(e, name, rate), first) })
	}
	p.line("")
}

// promoted is what a cell of the second table says.
func promoted(c, reference Cell) string {
	if len(c.Runs) == 0 {
		return "–"
	}
	live := func(o Outcome) bool { return o == Promoted }
	done := c.Where(live)
	text := fmt.Sprintf("%d of %d", len(done.Runs), len(c.Runs))
	if len(done.Runs) == 0 {
		return text
	}
	text += fmt.Sprintf(" · %.0f s · %.0f s", done.Median(AllOf), done.Median(EndOf))
	return text + times(done.Median(EndOf), reference.Where(live).Median(EndOf))
}

// others says what was lost beside the candidate's own failures.
func (l *Ledger) others(p *printer, rate float64) {
	p.line("### Requests that failed and that no version was to fail\n")
	for _, e := range l.at(rate) {
		var lost, runs int64
		for _, r := range l.Runs {
			if r.Tool == e.Tool && r.Speed == e.Speed && r.Rate == rate {
				lost, runs = lost+r.Lost, runs+1
			}
		}
		p.line("- %s: %d in %d rollouts", e.Name(), lost, runs)
	}
	p.line("")
}

// at are the entrants that have runs at a rate.
func (l *Ledger) at(rate float64) []Entrant {
	var out []Entrant
	for _, e := range l.Entrants {
		for _, r := range l.Runs {
			if r.Tool == e.Tool && r.Speed == e.Speed && r.Rate == rate {
				out = append(out, e)
				break
			}
		}
	}
	return out
}

// printer writes lines until one fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) row(head string, entrants []Entrant, cell func(Entrant) string) {
	cells := []string{head}
	for _, e := range entrants {
		cells = append(cells, cell(e))
	}
	p.line("| %s |", strings.Join(cells, " | "))
}

func (p *printer) rule(n int) { p.line("|%s", strings.Repeat("---|", n+1)) }
