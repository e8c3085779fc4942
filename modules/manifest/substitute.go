package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Variables are values for ${NAME} in manifests, by name. With none of them,
// manifests are taken as they are.
//
// Values are put into the strings that a manifest holds once it has been read,
// not into its text: whatever a value contains, it can neither add a field nor
// end a line. $${NAME} stands for ${NAME} itself.
type Variables map[string]string

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Set adds NAME=VALUE.
func (v Variables) Set(assignment string) error {
	name, value, ok := strings.Cut(assignment, "=")
	if !ok || !variableName.MatchString(name) {
		return fmt.Errorf("variable %q: want NAME=VALUE, the name of letters, digits and underscores", assignment)
	}
	if _, twice := v[name]; twice {
		return fmt.Errorf("variable %s is given twice", name)
	}
	v[name] = value
	return nil
}

// reference is what stands for a variable in a text: two dollars or one, a
// name, and what follows up to the brace.
var reference = regexp.MustCompile(`\$?\$\{([A-Za-z_][A-Za-z0-9_]*)([^}\n]*)\}?`)

// use is one reference to a variable.
type use struct {
	name string
	line int
	// whole says that the reference is all of an unquoted value, which may then
	// be a number or a boolean.
	whole bool
	// written is the reference as it stands in the text; wrong says that it is
	// not just a name in braces.
	written string
	wrong   bool
}

// literal is what an escaped reference stands for; empty for any other.
func (u use) literal() string {
	if strings.HasPrefix(u.written, "$$") {
		return u.written[1:]
	}
	return ""
}

// Marks stand in for references while a text is read. The characters are for
// private use, so that no manifest has them.
const (
	markBegin = '\uE0F0'
	markEnd   = '\uE0F1'
)

var mark = regexp.MustCompile(string(markBegin) + `([0-9]+)` + string(markEnd))

// substitute replaces the variables of the objects in a text.
func (v Variables) substitute(t text) ([]*unstructured.Unstructured, error) {
	if len(v) == 0 {
		return Decode(t.name, t.data)
	}
	if bytes.ContainsRune(t.data, markBegin) {
		return nil, fmt.Errorf("manifests: %s holds the character U+%04X, which is needed for variables: take it out", t.name, markBegin)
	}
	marked, uses := markUses(t.data)
	objs, err := Decode(t.name, marked)
	if err != nil {
		return nil, errors.New(unmark(err.Error(), uses))
	}
	f := filler{vars: v, uses: uses, name: t.name, wrong: map[string]bool{}}
	for _, obj := range objs {
		obj.Object = f.fill(obj.Object).(map[string]any)
	}
	return objs, f.err()
}

// markUses puts marks into a text.
func markUses(data []byte) ([]byte, []use) {
	var uses []use
	var out bytes.Buffer
	done, line := 0, 1
	for _, m := range reference.FindAllSubmatchIndex(data, -1) {
		written := string(data[m[0]:m[1]])
		line += bytes.Count(data[done:m[0]], []byte("\n"))
		out.Write(data[done:m[0]])
		done = m[1]
		u := use{name: string(data[m[2]:m[3]]), line: line, written: written}
		u.wrong = m[4] != m[5] || !strings.HasSuffix(written, "}")
		u.whole = alone(data, m[0], m[1])
		fmt.Fprintf(&out, "%c%d%c", markBegin, len(uses), markEnd)
		uses = append(uses, u)
	}
	out.Write(data[done:])
	return out.Bytes(), uses
}

// alone says whether data[from:to] is a value by itself, without quotes: behind
// a key's colon, a dash or in a list of one line.
func alone(data []byte, from, to int) bool {
	before := bytes.TrimRight(data[bytes.LastIndexByte(data[:from], '\n')+1:from], " \t")
	after, _, _ := bytes.Cut(data[to:], []byte("\n"))
	after = bytes.TrimSpace(after)
	begins := len(before) > 0 && strings.ContainsRune(":-[,", rune(before[len(before)-1]))
	ends := len(after) == 0 || strings.ContainsRune("#,]}", rune(after[0]))
	return begins && ends
}

// unmark shows references as they were written.
func unmark(message string, uses []use) string {
	return mark.ReplaceAllStringFunc(message, func(m string) string {
		i, _ := strconv.Atoi(mark.FindStringSubmatch(m)[1])
		return uses[i].written
	})
}

// filler puts values where marks are.
type filler struct {
	vars  Variables
	uses  []use
	name  string
	wrong map[string]bool
}

func (f *filler) fill(v any) any {
	switch v := v.(type) {
	case string:
		return f.fillString(v)
	case []any:
		for i := range v {
			v[i] = f.fill(v[i])
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			name := f.text(k)
			if _, twice := out[name]; twice {
				f.wrong[fmt.Sprintf("%s: %q is there twice once the variables are filled in", f.name, name)] = true
			}
			out[name] = f.fill(v[k])
		}
		return out
	}
	return v
}

func (f *filler) fillString(s string) any {
	filled := f.text(s)
	m := mark.FindStringSubmatch(s)
	if m == nil || m[0] != s {
		return filled
	}
	if i, _ := strconv.Atoi(m[1]); f.uses[i].whole && f.uses[i].literal() == "" {
		return typed(filled)
	}
	return filled
}

// typed is a value as YAML would read it where that is beyond doubt. A version
// such as 1.10 stays text.
func typed(s string) any {
	if s == "true" || s == "false" {
		return s == "true"
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
		return n
	}
	return s
}

func (f *filler) text(s string) string {
	return mark.ReplaceAllStringFunc(s, func(m string) string {
		i, _ := strconv.Atoi(mark.FindStringSubmatch(m)[1])
		u := f.uses[i]
		value, known := f.vars[u.name]
		switch {
		case u.literal() != "":
			return u.literal()
		case u.wrong:
			f.wrong[fmt.Sprintf("%s:%d: %s: only ${%s} is known here, without defaults; write $%s to keep it as it is", f.name, u.line, u.written, u.name, u.written)] = true
		case !known:
			f.wrong[fmt.Sprintf("%s:%d: variable %s is not set: give it with --set %s=VALUE or name it in --env-vars; write $${%s} to keep it as it is", f.name, u.line, u.name, u.name, u.name)] = true
		}
		return value
	})
}

func (f *filler) err() error {
	var errs []error
	for _, m := range slices.Sorted(maps.Keys(f.wrong)) {
		errs = append(errs, errors.New(m))
	}
	return errors.Join(errs...)
}
