package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session"
)

func TestWhatIsLeftToBeDoneWhenTheDriverIsGone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		because string
		phase   rollout.Phase
		do      session.Action
		want    bool
	}{
		{"a driver that was killed puts nothing back", rollout.Running, session.Rollback, true},
		{"nor does it promote", rollout.Paused, session.Promote, true},
		{"nor does it finish an undoing", rollout.RollingBack, session.Rollback, true},
		{"who asked for a rollback does not want it held", rollout.Held, session.Rollback, true},
		{"a person decides about what was held in the meantime", rollout.Held, session.Promote, false},
		{"it is done", rollout.RolledBack, session.Rollback, false},
		{"it came too late", rollout.Promoted, session.Rollback, false},
	}
	for _, tt := range tests {
		if got := open(&session.Status{Phase: string(tt.phase)}, tt.do); got != tt.want {
			t.Errorf("%s of one that is %s: %v, because %s", tt.do, tt.phase, got, tt.because)
		}
	}
}

func TestTheReleaseFileAtHandSaysTheNamespace(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	file := "apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: shop, namespace: stores}\n"
	if err := os.WriteFile(filepath.Join(dir, DefaultFile), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ because, flag, name, want string }{
		{"`headgate run` here is of this release", "", "shop", "stores"},
		{"the flag is the person's word", "other", "shop", "other"},
		{"another release is not in the file", "", "cart", ""},
	}
	for _, tt := range tests {
		g := Globals{Namespace: tt.flag}
		if g.locate(tt.name); g.Namespace != tt.want {
			t.Errorf("%s: namespace %q, want %q", tt.because, g.Namespace, tt.want)
		}
	}
}
