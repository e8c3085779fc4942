package page_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/internal/sample"
	"github.com/headgate-ci/headgate/modules/report/page"
)

var keep = flag.String("keep", "", "folder to keep the pages in, to be looked at")

func write(t *testing.T, name string, r report.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	if *keep != "" {
		if err := os.WriteFile(filepath.Join(*keep, name+".html"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// each calls fn for every element and text of a page.
func each(t *testing.T, doc string, fn func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		fn(n)
	}
}

// textOf is what a reader sees, without what only explains how it is counted.
func textOf(t *testing.T, doc string) string {
	t.Helper()
	var text strings.Builder
	each(t, doc, func(n *html.Node) {
		for up := n.Parent; up != nil; up = up.Parent {
			if up.Data == "style" || up.Data == "details" {
				return
			}
		}
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
	})
	return text.String()
}

func TestAPageIsInPlainWords(t *testing.T) {
	t.Parallel()
	for _, r := range []report.Result{sample.Promoted(), sample.RolledBack(), sample.Held()} {
		text := strings.ToLower(textOf(t, write(t, "plain", r)))
		for _, word := range []string{"e-value", "logarithm", "martingale"} {
			if strings.Contains(text, word) {
				t.Errorf("a reader meets %q without having asked for it", word)
			}
		}
	}
}

// TestTheFiguresOfAVersionFitAPhone: where there is no room for seven columns, a
// version is a column.
func TestTheFiguresOfAVersionFitAPhone(t *testing.T) {
	t.Parallel()
	r := sample.RolledBack()
	r.Baseline = &r.Stable
	tables := 0
	each(t, write(t, "baseline", r), func(n *html.Node) {
		if n.Data != "table" || !strings.Contains(classOf(n), "narrow") {
			return
		}
		tables++
		rows := 0
		for row := range n.Descendants() {
			if row.Data != "tr" {
				continue
			}
			rows++
			cells := 0
			for c := range row.ChildNodes() {
				if c.Type == html.ElementNode {
					cells++
				}
			}
			if cells != 4 {
				t.Errorf("a row of %d cells for three versions", cells)
			}
		}
		if rows != 7 {
			t.Errorf("%d rows; p99 is the seventh", rows)
		}
	})
	if tables != 1 {
		t.Errorf("%d tables for a phone", tables)
	}
}

func classOf(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "class" {
			return a.Val
		}
	}
	return ""
}

func TestPageShowsTheRollout(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		result report.Result
		want   []string
	}{
		"promoted":    {"charts of traffic, errors, latency and each gate", sample.Promoted(), []string{"promoted; the new version serves all traffic", "Traffic", "Errors", "Latency", "Gate errors", "Gate latency-p99", "gate 25%", "✓ errors passed", "limit 1%", "enough to pass"}},
		"rolled back": {"the verdict's reason and the warning", sample.RolledBack(), []string{"gate errors failed", "✗ errors failed", "✓ latency-p99 passed", "the candidate has no PodDisruptionBudget", "pending"}},
		"held":        {"traffic went back, and what to type", sample.Held(), []string{"held; it waits for a person", "? errors undecided", "headgate resume shop -n prod", "limit 1%", "limit of p99 500 ms"}},
		"unfinished":  {"when that was, where it stood and what to do", sample.Unfinished(), []string{"As of 4 March 2026, 12:00:40 UTC: step 5 of 6: gate 25%", "headgate attach shop -n prod", "headgate rollback shop -n prod"}},
		"crashed":     {"what the container said, in place of empty charts", sample.Crashed(), []string{"exited with 1", "panic: open /etc/shop/config.yaml: no such file or directory", "No request reached the candidate"}},
		"not begun":   {"a report without figures has no charts", report.Result{Release: "shop", Verdict: report.Errored, Reason: "no cluster"}, []string{"not begun", "no cluster"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := write(t, strings.ReplaceAll(name, " ", ""), test.result)
			text := textOf(t, doc)
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %q is not on the page", test.reason, want)
				}
			}
			if n := strings.Count(doc, "<svg"); test.result.Candidate.Requests == 0 && n > 0 || test.result.Candidate.Requests > 0 && n != 10 {
				t.Errorf("%d drawings; five, wide and narrow, show a rollout with two gates", n)
			}
			if strings.Contains(text, "`") {
				t.Error("backquotes are shown as they are")
			}
		})
	}
}

var address = regexp.MustCompile(`(?i)\b(?:https?:)?//[a-z0-9]|@import|url\(`)

// TestPageNeedsNothingBesideIt also holds for texts that try to bring something
// in.
func TestPageNeedsNothingBesideIt(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]report.Result{"good": sample.Promoted(), "hostile": sample.Hostile()} {
		each(t, write(t, name, r), func(n *html.Node) {
			if n.Type != html.ElementNode {
				return
			}
			switch n.Data {
			case "script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use", "foreignObject", "a":
				t.Errorf("%s: there is a <%s>", name, n.Data)
			case "style":
				if address.MatchString(n.FirstChild.Data) {
					t.Errorf("%s: the style names an address", name)
				}
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" || a.Key == "style" {
					t.Errorf("%s: <%s> has %s=%q", name, n.Data, a.Key, a.Val)
				}
			}
		})
	}
}
