package traffic

import (
	"errors"
	"strings"
	"testing"
)

// TestMessages: every error names the object, what is wrong, and the next step.
func TestMessages(t *testing.T) {
	t.Parallel()
	object := ObjectRef{Kind: "VirtualService", Namespace: "demo", Name: "sample"}
	conflict := &ConflictError{Object: object, Path: "spec.http[0].route[1].weight", Want: "25", Got: "40", Next: "put it back"}
	for _, tt := range []struct {
		name string
		err  error
		want []string
	}{
		{"conflict", conflict, []string{"VirtualService demo/sample", "spec.http[0].route[1].weight", "expected 25, found 40", "nothing was overwritten: put it back"}},
		{"partial", &PartialError{Moved: []ObjectRef{object}, Err: conflict}, []string{"expected 25, found 40", "moved already: VirtualService demo/sample"}},
		{"disagree", &DisagreeError{Shares: []Share{{Object: object, Path: "spec.http[0]", Percent: 25}, {Object: object, Path: "spec.tcp[1]", Percent: 100.0 / 3}}}, []string{"demo/sample spec.http[0]: 25%", "spec.tcp[1]: 33.33%", "set the weight again or roll back"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, part := range tt.want {
				if !strings.Contains(tt.err.Error(), part) {
					t.Errorf("lacks %q: %v", part, tt.err)
				}
			}
		})
	}
	if !errors.Is(&PartialError{Err: conflict}, ErrChanged) {
		t.Error("a conflict inside a PartialError is not known as one")
	}
	if got := (Change{Object: object, Path: "spec.hosts", What: "changed"}).String(); got != "VirtualService demo/sample: spec.hosts was changed" {
		t.Errorf("drift: %s", got)
	}
}
