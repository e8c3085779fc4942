package release

import (
	"iter"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// maxMerges bounds the merges into one mapping, which may form a circle.
const maxMerges = 16

// pairs are the keys and values of a mapping, each key once. `<<` brings in what
// it names where the mapping has no such key of its own.
func (r reader) pairs(n *yaml.Node, path string, t reflect.Type) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(*yaml.Node, *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			r.unfit(n, path, t)
			return
		}
		m := mapping{reader: r, path: path, seen: map[string]*yaml.Node{}}
		m.own(n)
		for _, key := range m.keys {
			if !yield(key.name, key.value) {
				return
			}
		}
	}
}

type pair struct{ name, value *yaml.Node }

// mapping gathers the pairs of one mapping and of those merged into it.
type mapping struct {
	reader
	path string
	seen map[string]*yaml.Node
	keys []pair
	// merges are counted over all depths.
	merges int
}

func (m *mapping) own(n *yaml.Node) {
	var merged []*yaml.Node
	here := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolve(n.Content[i]), n.Content[i+1]
		if !m.visit(key) {
			return
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			m.at(place(key), m.path, "want the name of a field before the colon")
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
		case here[key.Value]:
			m.at(place(key), join(m.path, key.Value), "written twice; the first is on line %d", m.seen[key.Value].Line)
		case m.seen[key.Value] != nil: // a nearer mapping has it
		default:
			here[key.Value], m.seen[key.Value] = true, key
			m.keys = append(m.keys, pair{key, value})
		}
	}
	for _, value := range merged {
		m.merge(value)
	}
}

func (m *mapping) merge(value *yaml.Node) {
	if m.merges++; m.merges > maxMerges {
		if m.merges == maxMerges+1 {
			m.at(place(value), m.path, "more than %d mappings are merged here by `<<`; is one merged into itself?", maxMerges)
		}
		return
	}
	switch n := resolve(value); n.Kind {
	case yaml.MappingNode:
		m.own(n)
	case yaml.SequenceNode:
		for _, item := range n.Content {
			m.merge(item)
		}
	default:
		m.at(place(value), m.path, "`<<` wants a mapping, such as *name of one marked &name")
	}
}
