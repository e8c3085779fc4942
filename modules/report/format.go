package report

import (
	"fmt"
	"strconv"
	"strings"
)

// Count writes a number with thousands separated.
func Count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Rate writes a fraction as percent; a dash without one.
func Rate(r *float64) string {
	switch {
	case r == nil:
		return "-"
	case *r == 0:
		return "0%"
	case *r < 0.001:
		return fmt.Sprintf("%.3f%%", *r*100)
	default:
		return fmt.Sprintf("%.2f%%", *r*100)
	}
}

// Millis writes milliseconds; a dash without any.
func Millis(ms *float64) string {
	switch {
	case ms == nil:
		return "-"
	case *ms < 10:
		return fmt.Sprintf("%.1f ms", *ms)
	default:
		return fmt.Sprintf("%.0f ms", *ms)
	}
}

// Clean takes from a text what no format of a report can hold: control
// characters, such as colours in a Pod's log, and what is no character.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xFFFE || r == 0xFFFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
