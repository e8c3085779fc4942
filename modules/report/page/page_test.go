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

func TestPageShowsTheRollout(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		result report.Result
		want   []string
	}{
		"promoted":    {"charts of traffic, errors, latency and each gate", sample.Promoted(), []string{"promoted; the new version serves all traffic", "Traffic", "Errors", "Latency", "Gate errors", "Gate latency-p99", "gate 25%"}},
		"rolled back": {"the verdict's reason and the warning", sample.RolledBack(), []string{"gate errors failed", "the candidate has no PodDisruptionBudget", "pending"}},
		"not begun":   {"a report without figures has no charts", report.Result{Release: "shop", Verdict: report.Errored, Reason: "no cluster"}, []string{"not begun", "no cluster"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := write(t, strings.ReplaceAll(name, " ", ""), test.result)
			var text strings.Builder
			each(t, doc, func(n *html.Node) {
				if n.Type == html.TextNode {
					text.WriteString(n.Data + "\n")
				}
			})
			for _, want := range test.want {
				if !strings.Contains(text.String(), want) {
					t.Errorf("%s: %q is not on the page", test.reason, want)
				}
			}
			if n := strings.Count(doc, "<svg"); len(test.result.Timeline) == 0 && n > 0 || len(test.result.Timeline) > 0 && n != 10 {
				t.Errorf("%d drawings; five, wide and narrow, show a rollout with two gates", n)
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
