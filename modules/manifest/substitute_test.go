package manifest

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// filled decodes a ConfigMap whose data and spec hold references.
func filled(t *testing.T, vars Variables, body string) (*unstructured.Unstructured, error) {
	t.Helper()
	objs, err := vars.substitute(text{name: "app.yaml", data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n" + body)})
	if err != nil {
		return nil, err
	}
	return objs[0], nil
}

func TestVariablesAreFilledIn(t *testing.T) {
	t.Parallel()
	vars := Variables{"TAG": "1.10", "N": "3", "ON": "true", "EMPTY": "", "ODD": "a\"b: c\n- d # e", "SHA": "0123456"}
	tests := []struct {
		reason, body string
		want         any
	}{
		{"several in one value", "v: registry/${TAG}-${N}", "registry/1.10-3"},
		{"an unquoted number is a number", "v: ${N}", int64(3)},
		{"an unquoted boolean is a boolean", "v: ${ON}", true},
		{"a quoted number stays text", `v: "${N}"`, "3"},
		{"a version is no number, quoted or not", "v: ${TAG}", "1.10"},
		{"digits that a number would lose stay text", "v: ${SHA}", "0123456"},
		{"inside braces", "v: ${N}\nw: {x: ${TAG}}", int64(3)},
		{"a value cannot add fields or end the line", "v: ${ODD}", "a\"b: c\n- d # e"},
		{"an empty value is empty", "v: x${EMPTY}y", "xy"},
		{"two dollars keep the reference", "v: $${TAG}", "${TAG}"},
		{"also of an unknown variable in braces", "w: {x: $${NO}}\nv: 1", int64(1)},
		{"what is no name is left alone", "v: '${#array[@]} $(X) $X'", "${#array[@]} $(X) $X"},
		{"a block of text", "v: |\n  a ${N}\n  b ${TAG}\n", "a 3\nb 1.10\n"},
		{"an unset variable in a comment is none", "v: 1 # ${NO}", int64(1)},
	}
	for _, tt := range tests {
		obj, err := filled(t, vars, tt.body)
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if got := obj.Object["v"]; got != tt.want {
			t.Errorf("%s: got %#v, want %#v", tt.reason, got, tt.want)
		}
	}
}

func TestUnsetVariablesAreToldWithTheirPlace(t *testing.T) {
	t.Parallel()
	_, err := filled(t, Variables{"A": "1"}, "v: ${A}\nw:\n- ${NO}\n- x${ALSO}y\nz: ${A:-1}")
	if err == nil {
		t.Fatal("unset variables were taken")
	}
	for _, part := range []string{"app.yaml:6: variable NO is not set", "--set NO=VALUE", "app.yaml:7: variable ALSO", "app.yaml:8: ${A:-1}"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

func TestWithoutVariablesManifestsAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	obj, err := filled(t, Variables{}, "v: ${datasource} $${x}")
	if err != nil || obj.Object["v"] != "${datasource} $${x}" {
		t.Errorf("got %v, %v", obj, err)
	}
}

// FuzzSubstitute holds that a value changes nothing but the strings in which it
// is named.
func FuzzSubstitute(f *testing.F) {
	for _, v := range []string{"", "1", "a: b", "\"", "'", "\n- x", "# c", "}", "]", "${X}", "$${X}", "\ue0f00\ue0f1", "true", "-0", "9223372036854775808", "\x00"} {
		f.Add(v)
	}
	const body = "plain: a${X}b\nquoted: \"${X}\"\nsingle: '${X}'\nwhole: ${X}\nlist: [${X}, 2]\n${X}k: 1\nblock: |-\n  ${X}\n"
	f.Fuzz(func(t *testing.T, value string) {
		obj, err := filled(t, Variables{"X": value}, body)
		if value == "bloc" && err != nil {
			return // two fields of one name are refused
		}
		if err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		o := obj.Object
		if o["plain"] != "a"+value+"b" || o["quoted"] != value || o["single"] != value || o["block"] != value {
			t.Errorf("%q: got %#v", value, o)
		}
		if list, _ := o["list"].([]any); len(list) != 2 || list[1] != int64(2) {
			t.Errorf("%q: list %#v", value, o["list"])
		}
		if _, ok := o[value+"k"]; !ok || len(o) != 10 {
			t.Errorf("%q: fields %#v", value, o)
		}
	})
}
