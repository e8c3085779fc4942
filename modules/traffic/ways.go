package traffic

// Way is how requests reach one version, for telling the two apart in metrics.
type Way struct {
	// Host is the fully qualified host of the Service they are sent to.
	Host string
	// Subset is the DestinationRule's; empty where the route names none.
	Subset string
}

// Ways are how requests reach the versions; the baseline's is empty where there
// is none.
type Ways struct{ Stable, Candidate, Baseline Way }
