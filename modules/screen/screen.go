// Package screen lays text out for a person: lines that break between words,
// tables that fit, and colours where there are any. It knows nothing of what the
// text is about.
package screen

// Screen is what a text is laid out for.
type Screen struct {
	// Width is the number of columns; 0 where nobody knows, as for a pipe.
	Width int
	// Colour says that escape sequences are shown as colours.
	Colour bool
}

const (
	// usual is the width that fits nearly everywhere.
	usual = 80
	// widest is where lines get hard to read.
	widest = 120
)

// Columns is how many columns a line may have.
func (s Screen) Columns() int {
	if s.Width <= 0 {
		return usual
	}
	return min(s.Width, widest)
}

// Tone is what a colour means.
type Tone int

// The tones.
const (
	Normal Tone = iota
	Strong      // a headline
	Faint       // what may be passed over
	Good
	Bad
	Wait // a person, or more evidence, is waited for
)

// The escape sequences are ECMA-48's "select graphic rendition"; the colours are
// of the eight that a terminal's own scheme makes readable, light or dark.
var sequences = map[Tone]string{Strong: "1", Faint: "2", Good: "32", Bad: "31", Wait: "33"}

// Paint gives a text its tone where there are colours.
func (s Screen) Paint(t Tone, text string) string {
	code, ok := sequences[t]
	if !ok || !s.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
