package release_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/release"
)

// A good file becomes what stands beside it, with every default filled in.
func TestGoodFiles(t *testing.T) {
	t.Parallel()
	for _, file := range goodFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			r, err := release.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(r, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden.json"
			if *update {
				write(t, golden, append(got, '\n'))
			}
			if diff := cmp.Diff(string(read(t, golden)), string(got)+"\n"); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What Headgate prints of a Release can be read again and means the same.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, file := range goodFiles(t) {
		first, err := release.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again(t, first)); diff != "" {
			t.Errorf("%s: -first +second:\n%s", file, diff)
		}
	}
}

func again(t *testing.T, r *release.Release) *release.Release {
	t.Helper()
	data, err := yaml.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	out, err := release.Decode("headgate.yaml", data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return out
}

// The ways to write the same thing differently.
func TestSpellings(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample}\n"
	for reason, c := range map[string]struct{ one, other string }{
		"a bare number is a weight":        {"spec: {strategy: {canary: {steps: [5, 25]}}}", "spec: {strategy: {canary: {steps: [{weight: 5}, {weight: 25}]}}}"},
		"p99 is 99%":                       {"spec: {gates: [{latency: {quantile: p99, max: 1s}}]}", "spec: {gates: [{latency: {quantile: 99%, max: 1s}}]}"},
		"no gates written is errors at 1%": {"", "spec: {gates: [{errors: {max: 1%}}]}"},
		"a field with nothing behind it":   {"", "spec: {strategy: {canary: }, metrics: , service: ~}"},
		"an anchor used twice": {
			"spec: {timeouts: {ready: &t 2m, route: *t}}", "spec: {timeouts: {ready: 2m, route: 2m}}",
		},
		"a merge, overridden in part": {
			"spec: {gates: [{errors: &e {max: 1%, regression: 2}}, {name: strict, errors: {<<: *e, max: 0.1%}}]}",
			"spec: {gates: [{errors: {max: 1%, regression: 2}}, {name: strict, errors: {max: 0.1%, regression: 2}}]}",
		},
		"a merge of several, the first of them wins": {
			"spec: {gates: [{errors: &a {max: 1%}}, {name: b, errors: &b {max: 2%, regression: 3}}, {name: c, errors: {<<: [*a, *b]}}]}",
			"spec: {gates: [{errors: {max: 1%}}, {name: b, errors: {max: 2%, regression: 3}}, {name: c, errors: {max: 1%, regression: 3}}]}",
		},
		"a file that ends in ---": {"", "---\n"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			one, other := decode(t, head+c.one), decode(t, head+c.other)
			if diff := cmp.Diff(one, other); diff != "" {
				t.Errorf("-one +other:\n%s", diff)
			}
		})
	}
}

func TestByteOrderMarkIsIgnored(t *testing.T) {
	t.Parallel()
	file := string(read(t, "testdata/common.yaml"))
	if diff := cmp.Diff(decode(t, file), decode(t, "\ufeff"+file)); diff != "" {
		t.Error(diff)
	}
}

// Asking for no gates is not the same as not asking.
func TestNoGatesMustBeAskedFor(t *testing.T) {
	t.Parallel()
	r := decode(t, "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample}\nspec: {gates: []}\n")
	if r.Spec.Gates == nil || len(r.Spec.Gates) != 0 {
		t.Errorf("got %v, want an empty list", r.Spec.Gates)
	}
	if got := again(t, r).Spec.Gates; len(got) != 0 {
		t.Errorf("after writing and reading again: %v", got)
	}
}

// Paths in a file start at the file, wherever Headgate is started.
func TestPathsStartAtTheFile(t *testing.T) {
	t.Parallel()
	r, err := release.Load("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join("testdata", "next"), "/srv/next/config.yaml"}
	if diff := cmp.Diff(want, r.Spec.Candidate.Manifests); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, want := r.Spec.Metrics.Prometheus.CAFile, filepath.Join("testdata", "ca.pem"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func decode(t *testing.T, file string) *release.Release {
	t.Helper()
	r, err := release.Decode("headgate.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
