// Package ci speaks to the CI system that a process runs under: it folds the
// log, and hands the Result over where the system shows it.
package ci

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// System is a CI system whose log can be folded.
type System string

// The systems; None is any other, and a terminal.
const (
	None   System = ""
	GitHub System = "github"
	GitLab System = "gitlab"
)

// Detect reads the variables that the systems set for their jobs.
func Detect(getenv func(string) string) System {
	switch {
	case getenv("GITHUB_ACTIONS") == "true":
		return GitHub
	case getenv("GITLAB_CI") == "true":
		return GitLab
	default:
		return None
	}
}

// Fold is a log in which a reader can close what is not of interest. The zero
// value folds nothing.
type Fold struct {
	System System
	open   string
	n      int
}

// Begin opens a part of the log under a title. It is about something that began
// at that time, which may have been before there was anything to write of it:
// GitLab shows how long it took.
//
// GitHub: "Grouping log lines" of its workflow commands. GitLab: "Custom
// collapsible sections" of its job logs.
func (f *Fold) Begin(w io.Writer, title string, at time.Time) {
	f.End(w, at)
	f.n++
	switch f.System {
	case GitHub:
		f.open = title
		_, _ = fmt.Fprintf(w, "::group::%s\n", data(title))
	case GitLab:
		f.open = fmt.Sprintf("headgate_%d_%s", f.n, plain.ReplaceAllString(strings.ToLower(title), "_"))
		_, _ = fmt.Fprintf(w, "\x1b[0Ksection_start:%d:%s[collapsed=true]\r\x1b[0K%s\n", at.Unix(), f.open, title)
	default:
		_, _ = fmt.Fprintln(w, title)
	}
}

// End closes the part that is open, which ended at that time; without one it
// does nothing.
func (f *Fold) End(w io.Writer, at time.Time) {
	if f.open == "" {
		return
	}
	switch f.System {
	case GitHub:
		_, _ = fmt.Fprintln(w, "::endgroup::")
	case GitLab:
		_, _ = fmt.Fprintf(w, "\x1b[0Ksection_end:%d:%s\r\x1b[0K\n", at.Unix(), f.open)
	}
	f.open = ""
}

// plain is what GitLab allows in a section's name.
var plain = regexp.MustCompile(`[^a-z0-9_.-]+`)
