// Package schematest makes the JSON schemas of the documents that commands print
// out of their types and comments, and asks documents against them. It is for
// tests: a program that runs has no comments any more.
package schematest

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	reflector "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/report"
)

// Fresh fails the test unless the file is what the type of document says today;
// update writes it. Folders are those of the packages with its comments, "." for the type's own.
func Fresh(t *testing.T, file, title string, document any, update bool, folders ...string) {
	t.Helper()
	s := reflected(t, document, true, folders)
	s.Title = title
	want, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if update {
		if err := os.WriteFile(file, want, 0o644); err != nil { //nolint:gosec // everybody may read the docs
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) { //nolint:gosec // the test names it
		t.Errorf("%s is not what the types say (%v); run the test with -update", file, err)
	}
}

// Judge says what of a document in JSON is not as its type says; a field that the
// type does not know counts.
func Judge(t *testing.T, document any, data []byte, folders ...string) error {
	t.Helper()
	strict, err := json.Marshal(reflected(t, document, false, folders))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(strict))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("document.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("document.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(value)
}

// reflected makes the schema; open lets documents have more fields, which later
// programs may add.
func reflected(t *testing.T, document any, open bool, folders []string) *reflector.Schema {
	t.Helper()
	r := &reflector.Reflector{Anonymous: true, AllowAdditionalProperties: open, Mapper: words}
	for _, folder := range folders {
		if err := r.AddGoComments(reflect.TypeOf(document).PkgPath(), folder, reflector.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	for name, comment := range r.CommentMap {
		r.CommentMap[name] = strings.Join(strings.Fields(comment), " ")
	}
	s := r.Reflect(document)
	spelled(s.Definitions)
	return s
}

// spelled lets a description begin with the field as documents spell it.
func spelled(defs reflector.Definitions) {
	for _, def := range defs {
		if def.Properties == nil {
			continue
		}
		for field := def.Properties.Oldest(); field != nil; field = field.Next() {
			if first, rest, _ := strings.Cut(field.Value.Description, " "); strings.EqualFold(first, field.Key) {
				field.Value.Description = field.Key + " " + rest
			}
		}
	}
}

// words are the types whose values are of a list.
func words(t reflect.Type) *reflector.Schema {
	switch t {
	case reflect.TypeFor[report.Verdict]():
		return one(report.Promoted, report.RolledBack, report.Held, report.Aborted, report.Unchanged, report.GatePassed, report.GateFailed, report.GateUndecided, report.Errored, report.Unfinished)
	case reflect.TypeFor[report.Status]():
		return one(report.Pending, report.Running, report.Done, report.Failed, report.Stopped, report.Undone)
	case reflect.TypeFor[evidence.Outcomes]():
		return &reflector.Schema{Type: "object", AdditionalProperties: &reflector.Schema{Type: "integer"}}
	case reflect.TypeFor[time.Time]():
		return &reflector.Schema{Type: "string", Format: "date-time"}
	}
	return nil
}

func one[T any](values ...T) *reflector.Schema {
	s := &reflector.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}
