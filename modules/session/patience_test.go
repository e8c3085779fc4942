package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/session"
)

func TestWaitingForTheLock(t *testing.T) {
	busy := &journal.HeldError{Namespace: "demo", Release: "sample", Holder: "ci@runner"}
	for _, tt := range []struct {
		name     string
		patience session.Patience
		busyFor  time.Duration
		got      bool // fn's turn came
		took     time.Duration
	}{
		{"without the flag it is said at once who drives", session.Patience{}, time.Hour, false, 0},
		{"without a time it waits as long as it takes", session.Patience{Wait: true}, time.Hour, true, time.Hour},
		{"the time given is enough", session.Patience{Wait: true, Most: 10 * time.Minute}, 5 * time.Minute, true, 5 * time.Minute},
		{"the time given is too short", session.Patience{Wait: true, Most: 10 * time.Minute}, time.Hour, false, 10 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, told := time.Now(), 0
				tt.patience.Tell = func(string) { told++ }
				err := tt.patience.Await(t.Context(), func() error {
					if time.Since(began) < tt.busyFor {
						return busy
					}
					return nil
				})
				var held *journal.HeldError
				if errors.As(err, &held) == tt.got || (err == nil) != tt.got {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took < tt.took || took > tt.took+2*time.Second {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
				if told > 1 {
					t.Errorf("it was said %d times whom it waits for", told)
				}
			})
		})
	}
}

func TestOtherErrorsAreNotWaitedFor(t *testing.T) {
	other := errors.New("no such file")
	p := session.Patience{Wait: true, Tell: func(string) {}}
	if err := p.Await(context.Background(), func() error { return other }); !errors.Is(err, other) {
		t.Errorf("got %v", err)
	}
}
