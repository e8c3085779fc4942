package gate

// FailAt is what LogE must reach for the gate to fail: log(1/alpha).
func (t *sequential) FailAt() float64 { return t.p.failAt() }

// FailAt is what LogE must reach for the gate to fail: log(1/alpha).
func (t *seqQueryTrial) FailAt() float64 { return t.o.failAt() }
