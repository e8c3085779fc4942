package workload

// NamedAccess is what must be allowed with single objects of a resource; all of
// them where Names is empty.
type NamedAccess struct {
	Group, Resource string
	Names           []string
	Verbs           []string
}

// AccessToFinish lists what undoing this Rollout needs, or ending it once stable
// has the new version, and nothing beyond.
func (c *Candidate) AccessToFinish() []NamedAccess {
	var twins []string
	for _, t := range c.twins() {
		twins = append(twins, t.name())
	}
	out := []NamedAccess{
		{Group: "apps", Resource: "deployments", Names: append([]string{c.state.Name}, twins...), Verbs: []string{"get", "patch"}},
		{Group: "apps", Resource: "deployments", Names: twins, Verbs: []string{"delete"}},
		// Lists cannot be restricted to names that are not known yet.
		{Group: "apps", Resource: "replicasets", Verbs: []string{"list"}},
		{Resource: "pods", Verbs: []string{"list"}},
		{Resource: "events", Verbs: []string{"list"}},
	}
	byKind := map[string][]configItem{}
	for _, item := range c.state.Config {
		byKind[item.Kind] = append(byKind[item.Kind], item)
	}
	for _, kind := range []string{kindConfigMap, kindSecret} {
		if items := byKind[kind]; len(items) > 0 {
			out = append(out, accessToConfig(items)...)
		}
	}
	return out
}

func accessToConfig(items []configItem) []NamedAccess {
	resource := items[0].resource().Resource
	var theirs, ours []string
	for _, item := range items {
		if item.New {
			ours = append(ours, item.Name)
			continue
		}
		theirs = append(theirs, item.Name)
		ours = append(ours, item.copyName(), item.Name+formerSuffix)
	}
	out := []NamedAccess{{Resource: resource, Names: ours, Verbs: []string{"get", "patch", "delete"}}}
	if len(theirs) > 0 {
		out = append(out, NamedAccess{Resource: resource, Names: theirs, Verbs: []string{"get", "patch"}})
	}
	return out
}
