package release

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSize is far above what anybody writes by hand.
const maxSize = 1 << 20

const beginning = "a Release begins with `apiVersion: " + APIVersion + "` and `kind: " + Kind + "`"

// document parses the file's one YAML document; nil after a reported mistake.
func (f *findings) document(data []byte) *yaml.Node {
	if len(data) > maxSize {
		f.at(position{}, "", "larger than 1 MiB, which no Release is; %s", beginning)
		return nil
	}
	var found []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	for {
		var n yaml.Node
		err := decoder.Decode(&n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.syntax(data, err)
			return nil
		}
		if len(n.Content) > 0 && !isNull(n.Content[0]) {
			found = append(found, n.Content[0])
		}
	}
	return f.only(found)
}

func (f *findings) only(found []*yaml.Node) *yaml.Node {
	switch len(found) {
	case 0:
		f.at(position{}, "", "empty; %s", beginning)
		return nil
	case 1:
		return found[0]
	}
	f.at(place(found[1]), "", "%d documents; a Release is one, and the candidate's objects stand in files of their own, named in spec.candidate.manifests", len(found))
	return nil
}

var syntaxLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntax reports what the parser says, and the commonest cause by its name.
func (f *findings) syntax(data []byte, err error) {
	if p, ok := indentedByTab(data); ok {
		f.at(p, "", "a tab indents this line; YAML wants spaces")
		return
	}
	var at position
	if m := syntaxLine.FindStringSubmatch(err.Error()); m != nil && m[1] != "" {
		at.line, _ = strconv.Atoi(m[1]) // digits only, and 0 is "unknown"
		at.column = 1
	}
	f.at(at, "", "not YAML: %s", syntaxLine.ReplaceAllString(err.Error(), ""))
}

func indentedByTab(data []byte) (position, bool) {
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		text := strings.TrimLeft(line, " \t")
		if tab := strings.IndexByte(line[:len(line)-len(text)], '\t'); tab >= 0 {
			return position{number, tab + 1}, true
		}
	}
	return position{}, false
}

func place(n *yaml.Node) position { return position{n.Line, n.Column} }

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// resolve follows an alias to what its anchor names.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}
