package release

import (
	"encoding"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// reader fills the types of this package from YAML nodes. It goes by the types'
// json names, notes where each field stands, and reports every mistake it meets
// instead of stopping at the first. The types bound its depth, so an anchor that
// contains itself does no harm.
type reader struct{ *findings }

// shorthand is a type that files may write in more than one way.
type shorthand interface {
	read(r reader, n *yaml.Node, path string)
}

// maxVisits is far above what a Release has. Aliases can make a small file mean
// a huge one.
const maxVisits = 5000

// visit counts the fields and items that are read, and says when to stop.
func (r reader) visit(n *yaml.Node) bool {
	r.visits++
	if r.visits == maxVisits+1 {
		r.at(place(n), "", "more than %d fields and items, which no Release has", maxVisits)
	}
	return r.visits <= maxVisits
}

func (r reader) value(n *yaml.Node, path string, out reflect.Value) {
	if !r.visit(n) {
		return
	}
	r.where[path] = place(n)
	n = resolve(n)
	if out.Kind() == reflect.Pointer {
		out.Set(reflect.New(out.Type().Elem()))
		out = out.Elem()
	}
	switch into := out.Addr().Interface().(type) {
	case shorthand:
		into.read(r, n, path)
	case encoding.TextUnmarshaler:
		r.text(n, path, into)
	default:
		r.plain(n, path, out)
	}
}

func (r reader) plain(n *yaml.Node, path string, out reflect.Value) {
	switch out.Kind() {
	case reflect.Struct:
		r.object(n, path, out)
	case reflect.Slice:
		r.list(n, path, out)
	case reflect.Map:
		r.dictionary(n, path, out)
	default:
		r.scalar(n, path, out)
	}
}

// object fills a struct. A field with nothing behind its colon counts as not
// written.
func (r reader) object(n *yaml.Node, path string, out reflect.Value) {
	fields := fieldsOf(out.Type())
	for key, value := range r.pairs(n, path, out.Type()) {
		at := join(path, key.Value)
		index, ok := fields.index[key.Value]
		if !ok {
			r.unknown(key, at, fields.suggest(key.Value))
			continue
		}
		if isNull(resolve(value)) {
			r.empty(value, at)
			continue
		}
		r.value(value, at, out.Field(index))
	}
}

// empty refuses the one field whose absence and whose emptiness mean opposites.
func (r reader) empty(n *yaml.Node, path string) {
	if path == "spec.gates" {
		r.at(place(n), path, "empty; write [] for no gates, or leave the field out for the default, errors at most %s", defaultErrors)
	}
}

func (r reader) list(n *yaml.Node, path string, out reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		r.unfit(n, path, out.Type())
		return
	}
	out.Set(reflect.MakeSlice(out.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		at := indexed(path, i)
		if isNull(resolve(item)) {
			r.at(place(item), at, "an empty item; %s", want(out.Type().Elem()))
			continue
		}
		r.value(item, at, out.Index(i))
	}
}

// dictionary fills a map of text to text.
func (r reader) dictionary(n *yaml.Node, path string, out reflect.Value) {
	out.Set(reflect.MakeMap(out.Type()))
	for key, value := range r.pairs(n, path, out.Type()) {
		item := reflect.New(out.Type().Elem()).Elem()
		r.value(value, join(path, key.Value), item)
		out.SetMapIndex(reflect.ValueOf(key.Value), item)
	}
}

// read takes the word auto, which leaves the list away.
func (s *Steps) read(r reader, n *yaml.Node, path string) {
	if n.Kind == yaml.ScalarNode && n.Value == auto {
		return
	}
	r.list(n, path, reflect.ValueOf(s).Elem())
}

// auto is what files write for steps that are picked by the traffic.
const auto = "auto"

// read takes a bare number as the weight.
func (s *Step) read(r reader, n *yaml.Node, path string) {
	switch {
	case n.Kind == yaml.MappingNode:
		r.object(n, path, reflect.ValueOf(s).Elem())
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int":
		s.Weight = new(int)
		r.scalar(n, path, reflect.ValueOf(s.Weight).Elem())
	default:
		r.unfit(n, path, reflect.TypeFor[Step]())
	}
}
