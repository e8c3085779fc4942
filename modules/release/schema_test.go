package release_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/release"
)

var update = flag.Bool("update", false, "write the generated files")

const docs = "../../docs"

// The schema that the program prints and the one in docs/schema are what the
// types say today.
func TestSchemaIsFresh(t *testing.T) {
	want, err := generateSchema()
	if err != nil {
		t.Fatal(err)
	}
	published := filepath.Join(docs, "schema", release.SchemaFile)
	if *update {
		write(t, release.SchemaFile, want)
		write(t, published, want)
		return
	}
	embedded, err := release.Schema()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{release.SchemaFile: embedded, published: read(t, published)} {
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the types say; run `go generate ./modules/release`", name)
		}
	}
}

// An editor that knows the schema accepts what Headgate accepts.
func TestSchemaAcceptsGoodFiles(t *testing.T) {
	t.Parallel()
	for _, file := range goodFiles(t) {
		if err := judge(t, read(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// An editor that knows the schema shows these before Headgate has to.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample}\n"
	for reason, file := range map[string]string{
		"an unknown field":                 head + "spec: {strateg: {}}",
		"a file without a name":            "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {}",
		"another kind of object":           "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: sample}",
		"a weight above all traffic":       head + "spec: {strategy: {canary: {steps: [101]}}}",
		"a step that does nothing":         head + "spec: {strategy: {canary: {steps: [{max: 5m}]}}}",
		"a share without its percent sign": head + "spec: {gates: [{errors: {max: 0.01}}]}",
		"two gates in one item":            head + "spec: {gates: [{errors: {max: 1%}, query: {promql: up, min: 1}}]}",
		"a gate without a limit":           head + "spec: {gates: [{errors: {}}]}",
		"a latency gate with no quantile":  head + "spec: {gates: [{latency: {max: 1s}}]}",
		"a number as a duration":           head + "spec: {timeouts: {ready: 30}}",
		"an unknown policy":                head + "spec: {strategy: {canary: {onInconclusive: rollback}}}",
		"one image and several":            head + "spec: {candidate: {image: a, images: {b: c}}}",
		"two addresses of Prometheus":      head + "spec: {metrics: {prometheus: {url: 'https://p', service: 'm/p:9090'}}}",
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			if judge(t, []byte(file)) == nil {
				t.Error("the schema accepts it")
			}
			if _, err := release.Decode("headgate.yaml", []byte(file)); err == nil {
				t.Error("Decode accepts it")
			}
		})
	}
}

func judge(t *testing.T, file []byte) error {
	t.Helper()
	data, err := release.Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("release.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("release.json")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

// goodFiles are the files in testdata that Headgate accepts.
func goodFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("testdata/*.yaml: %s, %v", strings.Join(files, " "), err)
	}
	return files
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
