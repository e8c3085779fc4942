package podworker

import (
	"net/netip"
	"testing"
)

func TestPool(t *testing.T) {
	t.Parallel()
	p := NewPool(netip.MustParsePrefix("10.0.0.0/28"))
	take := func() string {
		t.Helper()
		a, err := p.Take()
		if err != nil {
			return "none"
		}
		return a.String()
	}
	for _, want := range []string{"10.0.0.10", "10.0.0.11", "10.0.0.12"} {
		if got := take(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	p.Return(netip.MustParseAddr("10.0.0.11"))
	for _, want := range []string{"10.0.0.13", "10.0.0.14", "10.0.0.11", "none"} {
		if got := take(); got != want {
			t.Errorf("got %s, want %s: a returned address comes last", got, want)
		}
	}
}
