package istio

import (
	"math"
	"slices"
)

// Lists of routes in a VirtualService's spec.
const (
	listHTTP = "http"
	listTCP  = "tcp"
	listTLS  = "tls"
)

var lists = []string{listHTTP, listTCP, listTLS}

// destination is where a weighted entry of a route sends to.
type destination struct {
	Host   string `json:"host"`
	Subset string `json:"subset,omitempty"`
	Port   int64  `json:"port,omitempty"`
}

// entry is one weighted entry of a route. A Weight of nil was omitted.
type entry struct {
	destination
	Weight *int64 `json:"weight,omitempty"`
}

// readEntry reads what matters here of an entry; all else in it is kept by
// never being written.
func readEntry(raw any) entry {
	m, _ := raw.(map[string]any)
	d, _ := m["destination"].(map[string]any)
	port, _ := d["port"].(map[string]any)
	var e entry
	e.Host, _ = d["host"].(string)
	e.Subset, _ = d["subset"].(string)
	if n, ok := integer(port["number"]); ok {
		e.Port = n
	}
	if n, ok := integer(m["weight"]); ok {
		e.Weight = &n
	}
	return e
}

// integer reads a JSON number that is whole.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int64(n), true
		}
	}
	return 0, false
}

// routesOf is a list of routes as it stands in a spec.
func routesOf(spec map[string]any, list string) []any {
	routes, _ := spec[list].([]any)
	return routes
}

// entriesOf are the weighted entries of a route; none where it redirects,
// answers itself or delegates.
func entriesOf(route any) []any {
	m, _ := route.(map[string]any)
	raw, _ := m["route"].([]any)
	return raw
}

func readEntries(raw []any) []entry {
	out := make([]entry, len(raw))
	for i, r := range raw {
		out[i] = readEntry(r)
	}
	return out
}

// nameOf is an HTTP route's name.
func nameOf(route any) string {
	m, _ := route.(map[string]any)
	name, _ := m["name"].(string)
	return name
}

// unreadable is the first entry that has no host or a weight that is no whole
// number; -1 when there is none.
func unreadable(raw []any) int {
	return slices.IndexFunc(raw, func(r any) bool {
		m, _ := r.(map[string]any)
		w, has := m["weight"]
		_, whole := integer(w)
		return readEntry(r).Host == "" || has && !whole
	})
}

func sameWeight(a, b *int64) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}
