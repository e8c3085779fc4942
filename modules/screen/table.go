package screen

import (
	"math"
	"strings"
)

// Table is rows below each other in columns. The last column is prose: it is
// wrapped into the room that the others leave. Columns that find too little room
// stand below their row.
type Table struct {
	// Indent is put before each line.
	Indent string
	// Head names the columns.
	Head []string
	Rows []Row
	// Whole has each row be one line, however long.
	Whole bool
}

// Row is a table's row, and what is said below it.
type Row struct {
	Cells []Cell
	Below []Note
}

// Cell is a word in a table.
type Cell struct {
	Text string
	Tone Tone
}

// Cells are cells without a tone.
func Cells(texts ...string) []Cell {
	out := make([]Cell, len(texts))
	for i, t := range texts {
		out[i].Text = clean(t)
	}
	return out
}

// gap lies between two columns, and narrow is the least room that prose is
// wrapped into.
const (
	gap    = "  "
	narrow = 24
)

// Table lays a table out.
func (s Screen) Table(t Table) []string {
	p := s.place(t)
	lines := p.row(Row{Cells: p.head()})
	for _, r := range t.Rows {
		lines = append(lines, p.row(r)...)
	}
	return lines
}

// placed is a table on a screen.
type placed struct {
	Table
	on     Screen
	widths []int
	// kept is how many columns stand beside each other.
	kept int
	// left is where the last column begins, when it is kept.
	left int
}

func (s Screen) place(t Table) placed {
	p := placed{Table: t, on: s, widths: t.widths(), kept: len(t.Head)}
	limit := s.Columns()
	if t.Whole {
		limit = math.MaxInt32
	}
	last := len(t.Head) - 1
	p.left = p.upTo(last)
	if room := limit - p.left; p.widths[last] <= room || room >= narrow {
		return p
	}
	for p.kept = last; p.kept > 1 && p.upTo(p.kept)-len(gap) > limit; {
		p.kept--
	}
	return p
}

// upTo is where column n begins.
func (p placed) upTo(n int) int {
	at := wide(p.Indent)
	for _, w := range p.widths[:n] {
		at += w + len(gap)
	}
	return at
}

// head are the names of the columns that are kept.
func (p placed) head() []Cell {
	cells := Cells(p.Head[:p.kept]...)
	for i := range cells {
		cells[i].Tone = Faint
	}
	return cells
}

func (p placed) row(r Row) []string {
	line, last := p.Indent, len(p.Head)-1
	var lines []string
	for i, c := range r.Cells[:min(len(r.Cells), p.kept)] {
		if i < last {
			line += p.on.Paint(c.Tone, c.Text) + strings.Repeat(" ", p.widths[i]-wide(c.Text)) + gap
			continue
		}
		prose := p.prose(c)
		line, lines = line+prose[0], prose[1:]
	}
	lines = append([]string{strings.TrimRight(line, " ")}, lines...)
	for _, n := range append(p.below(r), r.Below...) {
		lines = append(lines, p.on.Note(n)...)
	}
	return lines
}

// prose is the last column's text, its further lines below its first.
func (p placed) prose(c Cell) []string {
	room := p.on.Columns() - p.left
	if p.Whole {
		room = math.MaxInt32
	}
	lines := Wrap(c.Text, room)
	for i, line := range lines {
		lines[i] = p.on.Paint(c.Tone, line)
		if i > 0 {
			lines[i] = strings.Repeat(" ", p.left) + lines[i]
		}
	}
	return lines
}

// below are the cells that find no room in their row; prose needs no name.
func (p placed) below(r Row) []Note {
	var out []Note
	for i := p.kept; i < len(r.Cells); i++ {
		n := Note{Label: p.Indent + "· ", Text: r.Cells[i].Text}
		if n.Text == "" || n.Text == "-" {
			continue
		}
		if i < len(p.Head)-1 {
			n.Text = strings.ToLower(p.Head[i]) + " " + n.Text
		}
		out = append(out, n)
	}
	return out
}

// widths are those of the columns.
func (t Table) widths() []int {
	out := make([]int, len(t.Head))
	for i, name := range t.Head {
		out[i] = wide(name)
	}
	for _, r := range t.Rows {
		for i, c := range r.Cells {
			out[i] = max(out[i], wide(c.Text))
		}
	}
	return out
}
