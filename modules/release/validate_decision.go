package release

// leastLimit is the lowest share of errors that a sequential gate can prove.
const leastLimit Percent = 1e-6

func (f *findings) decision(d Decision) {
	const path = "spec.decision"
	f.oneOf(path+".method", string(d.Method), string(Sequential), string(Fixed))
	f.oneOf(path+".split", string(d.Split), string(Average), string(Bonferroni))
	f.chance(path+".alpha", d.Alpha, "1%")
	f.chance(path+".beta", d.Beta, "5%")
	f.effect(path+".effect", d.Effect)
	f.cluster(path+".cluster", d.Cluster)
}

// promise judges what a gate says of itself.
func (f *findings) promise(path string, g Gate) {
	if f.written(path + ".method") { // else it is the decision's, and judged there
		f.oneOf(path+".method", string(g.Method), string(Sequential), string(Fixed))
	}
	if g.Alpha != nil {
		f.chance(path+".alpha", *g.Alpha, "1%")
	}
	if g.Beta != nil {
		f.chance(path+".beta", *g.Beta, "5%")
	}
	if g.Effect != nil {
		f.effect(path+".effect", *g.Effect)
	}
	f.cluster(path+".cluster", g.Cluster)
	f.idle(path, g)
}

// idle refuses what would have no effect: a promise that nobody keeps is worse
// than none.
func (f *findings) idle(path string, g Gate) {
	for field, set := range map[string]bool{"alpha": g.Alpha != nil, "beta": g.Beta != nil, "effect": g.Effect != nil, "cluster": g.Cluster != nil} {
		if set && g.Method == Fixed {
			f.wrong(path+"."+field, "a fixed gate promises nothing about chance; take %s away, or write method: sequential", field)
		}
	}
	if g.Effect != nil && g.Method != Fixed && !g.compares() {
		f.wrong(path+".effect", "effect goes with regression, a comparison with stable")
	}
	if g.Cluster != nil && g.Method != Fixed && g.Query != nil {
		f.wrong(path+".cluster", "a query counts no errors; take cluster away")
	}
}

// compares says that the gate asks about the candidate beside another version.
func (g Gate) compares() bool {
	return g.Errors != nil && g.Errors.Regression != nil || g.Latency != nil && g.Latency.Regression != nil
}

func (f *findings) chance(path string, p Percent, usual string) {
	if p <= 0 || p > .5 {
		f.wrong(path, "%s; want a probability above 0%% and up to 50%%; %s is usual", p, usual)
	}
}

func (f *findings) effect(path string, p Percent) {
	if p < leastLimit || p > .5 {
		f.wrong(path, "%s; want a share from 0.0001%% to 50%%; 0.5%% is usual", p)
	}
}

func (f *findings) cluster(path string, k *float64) {
	if k != nil && (*k < 1 || *k > 1000) {
		f.wrong(path, "%v; want how many errors come at once, from 1 to 1000", *k)
	}
}

// looks judges how a query's answers are counted.
func (f *findings) looks(path string, m Method, g *QueryGate) {
	switch {
	case m == Sequential && g.Looks != 0:
		f.wrong(path+".looks", "looks in a row are counted by a fixed gate; take looks away, or write method: fixed beside query")
	case m == Fixed && g.Looks < 1:
		f.wrong(path+".looks", "%d; want 1 or more", g.Looks)
	}
	f.positive(path+".every", g.Every)
	if at := path + ".lookback"; g.Lookback.Duration != 0 || f.written(at) {
		f.positive(at, g.Lookback)
	}
}
