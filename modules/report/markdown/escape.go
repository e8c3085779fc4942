package markdown

import (
	"strings"

	"github.com/headgate-ci/headgate/modules/report"
)

// special characters begin something in Markdown or in HTML, or end a table's
// cell. A mention (@name) must not call anybody, and neither should a number
// with a hash become a link.
var special = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "&#64;", "#", "&#35;", "!", "&#33;", "\n", " ", "\t", " ",
)

// text is a text that means nothing but itself, on one line.
func text(s string) string { return special.Replace(report.Clean(s)) }

// code is a word as code; a dash without one.
func code(s string) string {
	s = strings.NewReplacer("`", "'", "|", `\|`, "\n", " ").Replace(report.Clean(s))
	if s == "" {
		return "-"
	}
	return "`" + s + "`"
}

// prose keeps the commands that our own texts put in backquotes.
func prose(s string) string {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 {
		return text(s)
	}
	for i, p := range parts {
		if i%2 == 1 {
			parts[i] = code(p)
		} else {
			parts[i] = text(p)
		}
	}
	return strings.Join(parts, "")
}
