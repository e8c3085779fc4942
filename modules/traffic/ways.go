package traffic

import "slices"

// Way is how requests reach a version, for telling the versions apart in
// metrics.
type Way struct {
	// Host is the fully qualified host of the Service they are sent to.
	Host string `json:"host"`
	// Subset is the DestinationRule's; empty where the route names none.
	Subset string `json:"subset,omitempty"`
}

// Ways are how requests reach the versions by the routes that are edited; the
// baseline has none where there is no baseline.
type Ways struct {
	Stable, Candidate, Baseline []Way
	// Bypasses are how requests reach them by routes that are not.
	Bypasses []Bypass
}

// Bypass is a route that is not edited and sends to a version all the same, by
// the user's own word: its requests follow no weight.
type Bypass struct {
	Way
	// Route is such as "VirtualService demo/sample spec.http[0] (preview)".
	Route string `json:"route"`
	// Stable and Candidate say whose Pods it reaches.
	Stable    bool `json:"stable,omitempty"`
	Candidate bool `json:"candidate,omitempty"`
}

// Apart says that no edited route goes the same way, so that what names the way
// tells the requests of the two apart.
func (w Ways) Apart(b Bypass) bool {
	return !slices.Contains(slices.Concat(w.Stable, w.Candidate, w.Baseline), b.Way)
}

// Carries is how many of the edited routes carry HTTP requests, and how many
// connections of which nothing else is known (tcp, and tls that is passed through).
type Carries struct{ Requests, Connections int }
