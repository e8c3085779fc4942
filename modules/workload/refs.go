package workload

// renames maps old names to copies' names, by kind.
type renames map[string]map[string]string

func (r renames) add(kind, from, to string) {
	if r[kind] == nil {
		r[kind] = map[string]string{}
	}
	r[kind][from] = to
}

// rewrite points a Pod spec's references at the copies: environment, volumes
// and projected volumes. Pull secrets are the kubelet's and stay.
func (r renames) rewrite(podSpec map[string]any) {
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, c := range mapsIn(podSpec[list]) {
			r.rewriteContainer(c)
		}
	}
	for _, v := range mapsIn(podSpec["volumes"]) {
		r.rename(v, "configMap", "name", kindConfigMap)
		r.rename(v, "secret", "secretName", kindSecret)
		projected, _ := v["projected"].(map[string]any)
		for _, source := range mapsIn(projected["sources"]) {
			r.rename(source, "configMap", "name", kindConfigMap)
			r.rename(source, "secret", "name", kindSecret)
		}
	}
}

func (r renames) rewriteContainer(c map[string]any) {
	for _, e := range mapsIn(c["env"]) {
		from, _ := e["valueFrom"].(map[string]any)
		r.rename(from, "configMapKeyRef", "name", kindConfigMap)
		r.rename(from, "secretKeyRef", "name", kindSecret)
	}
	for _, e := range mapsIn(c["envFrom"]) {
		r.rename(e, "configMapRef", "name", kindConfigMap)
		r.rename(e, "secretRef", "name", kindSecret)
	}
}

func (r renames) rename(in map[string]any, ref, field, kind string) {
	m, ok := in[ref].(map[string]any)
	if !ok {
		return
	}
	if to, ok := r[kind][text(m[field])]; ok {
		m[field] = to
	}
}

// Reads says whether a Pod spec names a ConfigMap or a Secret.
func Reads(podSpec map[string]any, kind, name string) bool {
	return renames{kind: {name: name + Suffix}}.refers(podSpec)
}

// refers says whether a Pod spec names any of the renamed objects.
func (r renames) refers(podSpec map[string]any) bool {
	before := deepCopy(podSpec)
	r.rewrite(before)
	return !equal(before, podSpec)
}
