package release

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

type position struct{ line, column int }

// findings collects mistakes, and knows where in the file each field stands.
type findings struct {
	file     string
	where    map[string]position
	problems Errors
	// decoded is how many of the problems came from decoding.
	decoded int
	// visits counts the fields and items that decoding has come to.
	visits int
}

// written says whether a field stands in the file, whatever its value.
func (f *findings) written(path string) bool {
	_, ok := f.where[path]
	return ok
}

// at reports a mistake at a place.
func (f *findings) at(p position, path, format string, args ...any) {
	f.problems = append(f.problems, Problem{
		File: f.file, Line: p.line, Column: p.column, Path: path, Message: fmt.Sprintf(format, args...),
	})
}

// unknown reports a field that does not exist.
func (f *findings) unknown(key *yaml.Node, path, suggestion string) {
	f.at(place(key), path, "%s", suggestion)
	f.problems[len(f.problems)-1].unknown = true
}

// wrong reports a value that was decoded and cannot be meant. What decoding has
// already complained about is not judged again.
func (f *findings) wrong(path, format string, args ...any) {
	for _, p := range f.problems[:f.decoded] {
		if within(p.Path, path) || within(path, p.Path) {
			return
		}
	}
	f.at(f.placeOf(path), path, format, args...)
}

// missing reports a field that must be written, unless a misspelt neighbour is
// likely to be it.
func (f *findings) missing(path, format string, args ...any) {
	for _, p := range f.problems[:f.decoded] {
		if p.unknown && parent(p.Path) == parent(path) {
			return
		}
	}
	f.wrong(path, "missing; "+format, args...)
}

// placeOf is the place of the field, or of what it should stand in.
func (f *findings) placeOf(path string) position {
	for {
		if p, ok := f.where[path]; ok || path == "" {
			return p
		}
		path = parent(path)
	}
}

// parent of spec.gates[0].name is spec.gates[0], whose parent is spec.gates.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// within says that the field is the outer one or a part of it.
func within(field, outer string) bool {
	rest, ok := strings.CutPrefix(field, outer)
	return ok && (rest == "" || outer == "" || rest[0] == '.' || rest[0] == '[')
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}
