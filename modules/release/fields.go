package release

import (
	"fmt"
	"reflect"
	"strings"
)

// fields are the names that a struct of the format knows.
type fields struct {
	names []string
	index map[string]int
}

func fieldsOf(t reflect.Type) fields {
	out := fields{index: make(map[string]int, t.NumField())}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out.names = append(out.names, name)
		out.index[name] = i
	}
	return out
}

// suggest says what to write instead of a name that does not exist here: one
// spelt much like it, else the place where the name does exist, else the names
// that there are.
func (f fields) suggest(name string) string {
	if near := nearest(name, f.names); near != "" {
		return fmt.Sprintf("unknown field; did you mean %q?", near)
	}
	if home := homeOf(name); home != "" {
		return "unknown field; it belongs in " + home
	}
	return "unknown field; known here: " + strings.Join(f.names, ", ")
}

// homeOf is where in a Release the only field of the name stands; empty if
// there is none or several.
func homeOf(name string) string {
	found := homes(reflect.TypeFor[Release](), "", name)
	if len(found) != 1 {
		return ""
	}
	if found[0] == "" {
		return "the top level"
	}
	return found[0]
}

func homes(t reflect.Type, path, name string) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		if t.Kind() == reflect.Slice {
			path += "[]"
		}
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.PkgPath() != reflect.TypeFor[Release]().PkgPath() || t == reflect.TypeFor[Duration]() {
		return nil
	}
	var found []string
	known := fieldsOf(t)
	for i, field := range known.names {
		if field == name {
			found = append(found, path)
		}
		found = append(found, homes(t.Field(i).Type, join(path, field), name)...)
	}
	return found
}
