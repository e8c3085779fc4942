package istio

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// digest is a short fingerprint of a JSON value, whatever the order of its
// keys. That of a missing value is empty.
func digest(v any) string {
	if v == nil {
		return ""
	}
	data, err := json.Marshal(v)
	if err != nil { // cannot be: the value came from JSON
		return "?"
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12])
}

// sends is a fingerprint of where a route sends to apart from the candidate,
// so that it is the same before and after the candidate is added.
func sends(raw []any, candidates []destination) string {
	var out []destination
	for _, e := range readEntries(raw) {
		if !slices.Contains(candidates, e.destination) {
			out = append(out, e.destination)
		}
	}
	if out == nil {
		return ""
	}
	return digest(out)
}

// fieldDigests fingerprints the fields of a spec that hold no routes.
func fieldDigests(spec map[string]any) map[string]string {
	out := map[string]string{}
	for k, v := range spec {
		if !slices.Contains(lists, k) {
			out[k] = digest(v)
		}
	}
	return out
}
