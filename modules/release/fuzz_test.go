package release_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/release"
)

// Whatever is in the file: no panic, an error that lists mistakes, or a Release
// that can be written and read again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		head,
		head + "spec: {strategy: {canary: {steps: [1, {weight: 25, min: 1m, pause: {for: 1s}}, 100]}}}",
		head + "spec: {gates: [{errors: &e {max: 1%}}, {name: a, errors: {<<: *e}}], timeouts: &t {<<: [*t, *t]}}",
		head + "spec: {metrics: {prometheus: {url: 'http://p', headersFrom: {A: B}, labels: {code: c}}}}",
		head + "---\n" + head, "\ufeff" + head, "\t", "a: &a [*a]", "? {a: b}\n: c", "- !!binary x\n- !x y", "{<<: {<<: {}}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := release.Decode("headgate.yaml", data)
		if err != nil {
			var mistakes release.Errors
			if !errors.As(err, &mistakes) || len(mistakes) == 0 || first != nil {
				t.Fatalf("%T: %v, %v", err, err, first)
			}
			return
		}
		out, err := yaml.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := release.Decode("headgate.yaml", out)
		if err != nil {
			t.Fatalf("not read again: %v\n%s", err, out)
		}
		if diff := cmp.Diff(first, second, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-first +second:\n%s", diff)
		}
	})
}
