package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// typed are the commands of this program that a page has as code.
var typed = regexp.MustCompile("(?m)(?:^|`|&& )headgate ([^`\n#]*)")

// TestWhatThePagesTellToTypeIsThere has each command and each of its flags in the
// pages for newcomers be one that the program has.
func TestWhatThePagesTellToTypeIsThere(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&Root{}, kong.Name("headgate"), kong.Bind(&Env{}))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range []string{"README.md", "docs/from-flagger.md", "docs/from-argo-rollouts.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range typed.FindAllStringSubmatch(string(text), -1) {
			found++
			if missing := unknown(parser.Model.Node, strings.Fields(m[1])); missing != "" {
				t.Errorf("%s has `headgate %s`, and there is no %s", page, strings.TrimSpace(m[1]), missing)
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d commands were found", found)
	}
}

// unknown is the first word that is no command, or no flag of its command.
func unknown(node *kong.Node, words []string) string {
	for len(words) > 0 {
		i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == words[0] || slices.Contains(n.Aliases, words[0]) })
		if i < 0 {
			break
		}
		node, words = node.Children[i], words[1:]
	}
	if node.Type == kong.ApplicationNode && len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		return "command " + words[0]
	}
	for _, w := range words {
		if w == "--" {
			return ""
		}
		name, _, _ := strings.Cut(strings.Trim(w, "[]:;,."), "=")
		if flag, ok := strings.CutPrefix(name, "--"); ok && flag != "" && !has(node, flag) {
			return "flag " + name
		}
	}
	return ""
}

func has(node *kong.Node, flag string) bool {
	for _, group := range node.AllFlags(false) {
		for _, f := range group {
			if f.Name == flag || slices.Contains(f.Aliases, flag) {
				return true
			}
		}
	}
	return false
}
