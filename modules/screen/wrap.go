package screen

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Wrap breaks a text between words into lines of at most so many columns. A
// longer word stays whole, and so does a command in backquotes where a line has
// room for it: it is there to be copied.
func Wrap(text string, columns int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(command.ReplaceAllString(text, " $1"), "\n") {
		line := ""
		for _, word := range words(paragraph, columns) {
			switch {
			case line == "":
				line = word
			case wide(line)+1+wide(word) <= columns:
				line += " " + word
			default:
				lines, line = append(lines, line), word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// command is what a CI system obeys at the beginning of a line of its log,
// whoever wrote it: GitHub's ::error:: and Azure's ##vso. No line of ours begins so.
var command = regexp.MustCompile(`\n\s*(::|##)`)

// together is what a line's end would tear apart: a number and its unit, and one
// of another.
var together = regexp.MustCompile(`\d (ms|of)$|\d of \d+$`)

// words are a text's words; commands in backquotes that fit a line are one.
func words(text string, columns int) []string {
	var out []string
	open := false
	for _, word := range strings.Fields(clean(text)) {
		n := len(out)
		if n > 0 && (command.MatchString("\n"+word) || together.MatchString(out[n-1]+" "+word) || open && wide(out[n-1])+1+wide(word) <= columns) {
			out[n-1] += " " + word
		} else {
			out = append(out, word)
		}
		if strings.Count(word, "`")%2 == 1 {
			open = !open
		}
	}
	return out
}

// wide is how many columns a text takes.
func wide(text string) int { return utf8.RuneCountInString(text) }

// Note is a text behind a label; its further lines stand below its first.
type Note struct {
	Label string
	// Tone is the label's.
	Tone Tone
	Text string
}

// Note lays a note out. Where the label leaves the text too little room, its
// further lines begin further left.
func (s Screen) Note(n Note) []string {
	hang := wide(n.Label)
	if hang > s.Columns()/2 {
		hang = 4
	}
	lines := Wrap(n.Text, s.Columns()-hang)
	if hang != wide(n.Label) {
		lines = append([]string{""}, lines...)
	}
	for i := range lines {
		if i == 0 {
			lines[0] = strings.TrimRight(s.Paint(n.Tone, n.Label)+lines[0], " ")
			continue
		}
		lines[i] = strings.Repeat(" ", hang) + lines[i]
	}
	return lines
}

// clean leaves out what a terminal would obey and not show, such as what a Pod
// has logged.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// Log is a text as it stands in a log: line by line as it is, but without what a
// terminal would obey, and with no line that a CI system would.
func Log(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return command.ReplaceAllString(strings.Join(lines, "\n"), " $1")
}
