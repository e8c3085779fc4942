package release

import (
	"encoding"
	"math"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// text fills a type that is written as text, such as a Duration. Its own error
// says what it wants.
func (r reader) text(n *yaml.Node, path string, into encoding.TextUnmarshaler) {
	if n.Kind != yaml.ScalarNode {
		r.unfit(n, path, reflect.TypeOf(into).Elem())
		return
	}
	if err := into.UnmarshalText([]byte(n.Value)); err != nil {
		r.at(place(n), path, "%s, not %s", err, shown(n))
	}
}

// scalar fills text, a whole number, a number, or true and false. What YAML
// takes for another type is refused and not converted: 1.10 is not 1.1.
func (r reader) scalar(n *yaml.Node, path string, out reflect.Value) {
	tag := n.ShortTag()
	switch {
	case n.Kind != yaml.ScalarNode:
	case out.Kind() == reflect.String && tag == "!!str":
		out.SetString(n.Value)
		return
	case out.Kind() == reflect.String && tag != "!!null":
		r.at(place(n), path, "want text; put it in quotes: %q", n.Value)
		return
	case out.Kind() == reflect.Bool && tag == "!!bool",
		out.Kind() == reflect.Int && tag == "!!int",
		out.Kind() == reflect.Float64 && (tag == "!!int" || tag == "!!float"):
		if n.Decode(out.Addr().Interface()) == nil && finite(out) {
			return
		}
	}
	r.unfit(n, path, out.Type())
}

func finite(v reflect.Value) bool {
	return v.Kind() != reflect.Float64 || !math.IsNaN(v.Float()) && !math.IsInf(v.Float(), 0)
}
