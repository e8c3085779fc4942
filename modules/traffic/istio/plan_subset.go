package istio

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// subsetEdit is a version's subset that is to be added to a DestinationRule.
type subsetEdit struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Subset is the entry as it is added.
	Subset map[string]any `json:"subset"`
	// Owners own the list of subsets.
	Owners []owner `json:"owners,omitempty"`
}

func (e subsetEdit) ref() traffic.ObjectRef {
	return traffic.ObjectRef{Group: group, Resource: resourceDestinationRules, Kind: kindDestinationRule, Namespace: e.Namespace, Name: e.Name}
}

// planSubsets has each version told apart by a subset: the user's own of that
// name if there is one, else one that is added wherever stable's is defined.
func (f *finder) planSubsets(st *state, stable []sighting) error {
	var used []string
	for _, s := range stable {
		if !slices.Contains(used, s.entry.Subset) {
			used = append(used, s.entry.Subset)
		}
	}
	f.twins = map[string]map[string]string{}
	for _, role := range st.roles() {
		spoken := f.spoken(stable, f.subsetOf(role))
		f.twins[role] = f.twinSubsets(role, used, spoken)
		if err := f.planSubset(st, role, used, spoken); err != nil {
			return err
		}
	}
	f.warnUngoverned(stable)
	return nil
}

// planSubset plans a version's; used are stable's. One that is spoken of is wanted
// by a route of the user's own.
func (f *finder) planSubset(st *state, role string, used []string, spoken bool) error {
	name := f.subsetOf(role)
	chosen, err := f.ownSubset(name)
	if err != nil {
		return err
	}
	if chosen == nil {
		chosen = map[string]string{traffic.LabelRole: role}
	}
	l, err := f.subsetLabels(role, used, chosen)
	if err != nil {
		return err
	}
	*st.labels(role) = l
	if role == traffic.RoleBaseline {
		if err := f.apart(st, chosen); err != nil {
			return err
		}
	}
	for _, stable := range used {
		for _, r := range f.subsetRules(stable) {
			f.warnKept(kindDestinationRule, r.Unstructured)
			if err := f.addSubset(st, r, stable, f.twins[role][stable], chosen); err != nil {
				return err
			}
		}
	}
	for _, r := range f.subsetRules(used[0]) {
		if spoken {
			st.addSubset(r, used[0], name, chosen)
		}
	}
	return nil
}

// addSubset notes that a rule lacks a version's subset, or says why one that is
// there under its name is not that one.
func (f *finder) addSubset(st *state, r *rule, stable, name string, labels map[string]string) error {
	if s, has := r.subset(name); has && !maps.Equal(stringMap(s["labels"]), labels) {
		return fmt.Errorf("%s: Headgate needs the name of subset %q for one with the labels %v, and it has %v: rename it",
			describe(kindDestinationRule, r.Unstructured), name, labels, stringMap(s["labels"]))
	}
	st.addSubset(r, stable, name, labels)
	return nil
}

// apart checks that candidate and baseline do not get each other's traffic.
func (f *finder) apart(st *state, baseline map[string]string) error {
	if f.target.Subset == traffic.BaselineSubset {
		return fmt.Errorf("subset %q is the baseline's: name another one for the candidate (spec.candidate.subset)", traffic.BaselineSubset)
	}
	if base := merged(selectorOf(f.service), f.target.StableLabels); matches(baseline, apply(base, st.Labels)) {
		return fmt.Errorf("subset %q (labels %v) selects the candidate's Pods too: give it labels of its own, or remove it to have it made", traffic.BaselineSubset, baseline)
	}
	return nil
}

// ownSubset are the labels of a version's subset if the user wrote one.
func (f *finder) ownSubset(name string) (map[string]string, error) {
	var chosen map[string]string
	var from *rule
	for _, r := range f.subsetRules(name) {
		s, _ := r.subset(name)
		labels := stringMap(s["labels"])
		if from != nil && !maps.Equal(labels, chosen) {
			return nil, fmt.Errorf("subset %q has the labels %v in %s and %v in %s: make them the same",
				name, chosen, describe(kindDestinationRule, from.Unstructured), labels, describe(kindDestinationRule, r.Unstructured))
		}
		chosen, from = labels, r
	}
	if from != nil && f.target.StableLabels != nil && matches(chosen, f.target.StableLabels) {
		return nil, fmt.Errorf("%s: subset %q (labels %v) selects stable's Pods too: give it labels of its own, or name another one (spec.candidate.subset)",
			describe(kindDestinationRule, from.Unstructured), name, chosen)
	}
	return chosen, nil
}

// subsetLabels make a version's Pods fit the Service and the version's subset
// and none of stable's.
func (f *finder) subsetLabels(role string, used []string, chosen map[string]string) (traffic.Labels, error) {
	selector := selectorOf(f.service)
	out := traffic.Labels{Set: merged(chosen, map[string]string{traffic.LabelRole: role})}
	base := merged(selector, f.target.StableLabels)
	for _, name := range used {
		for _, r := range f.subsetRules(name) {
			s, _ := r.subset(name)
			labels := stringMap(s["labels"])
			if !matches(labels, apply(merged(base, labels), out)) { // stable's Pods have them
				continue
			}
			key, ok := distinguishing(labels, merged(selector, chosen))
			if !ok {
				return out, fmt.Errorf("%s: subset %q selects by %v, which every Pod behind Service %s has: %s",
					describe(kindDestinationRule, r.Unstructured), name, labels, f.target.Service,
					cmp.Or(dropped(f.target.Service, selector, chosen), "add a label to it that tells stable's Pods apart, such as version"))
			}
			out.Set[key] = other(labels[key], f.subsetOf(role))
		}
	}
	if !matches(selector, apply(base, out)) {
		return out, fmt.Errorf("subset %q wants labels %v, but Service %s/%s selects %v: its Pods would not be behind the Service; %s",
			f.subsetOf(role), chosen, f.target.Namespace, f.target.Service, selector,
			cmp.Or(dropped(f.target.Service, ofVersion(selector), chosen), "correct the subset's labels"))
	}
	return out, nil
}

// addSubset notes that a rule lacks a version's subset. It gets a copy of
// stable's, so that traffic policies are the same.
func (st *state) addSubset(r *rule, stable, name string, labels map[string]string) {
	if _, has := r.subset(name); has {
		return
	}
	known := func(e subsetEdit) bool {
		return e.Namespace == r.GetNamespace() && e.Name == r.GetName() && e.Subset["name"] == name
	}
	if slices.ContainsFunc(st.Subsets, known) {
		return
	}
	s, _ := r.subset(stable)
	twin := runtime.DeepCopyJSON(s)
	twin["name"], twin["labels"] = name, anyMap(labels)
	st.Subsets = append(st.Subsets, subsetEdit{r.GetNamespace(), r.GetName(), twin, ownersOf(r.Unstructured, "f:subsets")})
}
