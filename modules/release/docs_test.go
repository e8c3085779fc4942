package release_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/release"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// Every example in the reference can be copied: Headgate takes it, and so does
// the schema.
func TestExamplesInTheReference(t *testing.T) {
	t.Parallel()
	blocks := yamlBlock.FindAllStringSubmatch(reference(t), -1)
	if len(blocks) < 5 {
		t.Fatalf("%d examples found", len(blocks))
	}
	for _, block := range blocks {
		example := block[1]
		if !strings.HasPrefix(example, "apiVersion") {
			example = head + example
		}
		if _, err := release.Decode("example.yaml", []byte(example)); err != nil {
			t.Errorf("%v\n%s", err, block[1])
		}
		if err := judge(t, []byte(example)); err != nil {
			t.Errorf("the schema: %v\n%s", err, block[1])
		}
	}
	if lines := strings.Count(blocks[0][1], "\n"); lines > 15 {
		t.Errorf("the common case has %d lines, more than 15", lines)
	}
}

// A field that the reference does not name cannot be found by anybody.
func TestReferenceNamesEveryField(t *testing.T) {
	t.Parallel()
	text := reference(t)
	for _, field := range fieldNames(reflect.TypeFor[release.Release]()) {
		if !regexp.MustCompile("(?m)[`.]" + field + "([`.:]|$)|^ *" + field + ":").MatchString(text) {
			t.Errorf("%s is not in docs/release.md", field)
		}
	}
}

func fieldNames(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[release.Duration]() {
		return nil
	}
	var out []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out = append(append(out, name), fieldNames(t.Field(i).Type)...)
	}
	return out
}

func reference(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(docs, "release.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
