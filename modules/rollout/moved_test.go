package rollout

import "testing"

func TestMoved(t *testing.T) {
	tests := []struct {
		name             string
		candidate, total uint64
		before, weight   int
		confirms         bool
		contradicts      bool
	}{
		{"nothing measured proves nothing", 0, 0, 0, 10, false, false},
		{"a tenth of a thousand is 10%", 100, 1000, 0, 10, true, false},
		{"no request at the candidate is not 10%", 0, 1000, 0, 10, false, true},
		{"few requests fit, but do not tell 10 from 5", 2, 20, 5, 10, false, false},
		{"many do", 200, 2000, 5, 10, true, false},
		{"the old weight still serves", 50, 1000, 5, 10, false, true},
		{"one request of a hundred at 1%", 1, 100, 0, 1, false, false},
		{"two of a hundred at 1% cannot come from none", 2, 100, 0, 1, true, false},
		{"all is all", 500, 500, 50, 100, true, false},
		{"one request in flight does not contradict all", 4999, 5000, 50, 100, true, false},
		{"a hundredth left behind does", 495, 500, 50, 100, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := moved{candidate: tt.candidate, total: tt.total}
			if got := m.confirms(tt.before, tt.weight); got != tt.confirms {
				t.Errorf("confirms %d→%d: %v, want %v", tt.before, tt.weight, got, tt.confirms)
			}
			if got := m.contradicts(tt.weight); got != tt.contradicts {
				t.Errorf("contradicts %d: %v, want %v", tt.weight, got, tt.contradicts)
			}
		})
	}
}
