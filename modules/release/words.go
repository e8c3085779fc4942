package release

import (
	"slices"
	"strings"
)

// name judges the name of an object by Kubernetes' own rule.
func (f *findings) name(path, name string, rule func(string) []string) {
	why := rule(name)
	switch {
	case name == "":
		f.wrong(path, "empty; write a name, or leave the field out")
	case len(why) > 0:
		f.wrong(path, "%q is not a name that Kubernetes takes: %s", clip(name), short(why[0]))
	}
}

// short is Kubernetes' reason without its examples and regular expression.
func short(why string) string {
	why, _, _ = strings.Cut(why, " (e.g. ")
	return why
}

// oneOf judges a word.
func (f *findings) oneOf(path, word string, known ...string) {
	if slices.Contains(known, word) {
		return
	}
	hint := ""
	if near := nearest(word, known); near != "" && len(known) > 1 {
		hint = "; did you mean \"" + near + "\"?"
	}
	f.wrong(path, "%q is not known; want %s%s", clip(word), either(known), hint)
}

// either is "a", "a or b", "a, b or c".
func either(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
