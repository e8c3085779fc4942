package podworker

import (
	"slices"
	"testing"
	"time"
)

func TestRestartsWaitLongerEachTime(t *testing.T) {
	t.Parallel()
	b := restartBackoff
	var got []time.Duration
	for range 8 {
		got = append(got, b.next())
	}
	s := time.Second
	want := []time.Duration{0, s, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	b.ran(59 * time.Second)
	if got := b.next(); got != 30*s {
		t.Errorf("after a short run: got %v, want no forgiveness", got)
	}
	b.ran(time.Minute)
	if got := b.next(); got != 0 {
		t.Errorf("after a long run: got %v, want a fresh start", got)
	}
}
