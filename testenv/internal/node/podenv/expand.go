// Package podenv makes a container's environment from its Pod: plain values,
// references between them, ConfigMaps, Secrets and the Pod's own fields.
package podenv

import "strings"

// Expand replaces $(NAME) by a variable's value. $$ is a literal dollar, and
// what names no variable stays as it is, as Kubernetes has it.
func Expand(s string, lookup func(string) (string, bool)) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		piece, left := reference(rest, lookup)
		out.WriteString(piece)
		s = left
	}
}

// reference reads what follows a dollar and returns what stands for it, and the
// text after it.
func reference(s string, lookup func(string) (string, bool)) (piece, rest string) {
	switch {
	case strings.HasPrefix(s, "$"):
		return "$", s[1:]
	case strings.HasPrefix(s, "("):
		name, rest, closed := strings.Cut(s[1:], ")")
		if !closed {
			return "$", s
		}
		if value, ok := lookup(name); ok {
			return value, rest
		}
		return "$(" + name + ")", rest
	}
	return "$", s
}
