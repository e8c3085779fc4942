package release

import (
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Watchdog asks for a Job in the cluster that puts traffic back when the
// Rollout's driver has vanished.
type Watchdog struct {
	// After is how long the driver may give no sign of life.
	After Duration `json:"after,omitzero" jsonschema:"default=30s"`
	// Image holds the headgate program; the command line knows one by default.
	Image string `json:"image,omitempty"`
	// ServiceAccount is one that exists and may do what a rollback needs. Without
	// it the watchdog gets one of its own for the time of the Rollout.
	ServiceAccount string `json:"serviceAccount,omitempty"`
}

const (
	defaultAfter = 30 * time.Second
	// leastAfter is as long as a driver keeps its Lease without renewing it.
	leastAfter = 15 * time.Second
)

func (d defaults) watchdog(w *Watchdog) {
	if w != nil {
		d.wait("spec.watchdog.after", &w.After, defaultAfter)
	}
}

func (f *findings) watchdog(w *Watchdog) {
	const path = "spec.watchdog"
	if w == nil {
		return
	}
	if w.After.Duration < leastAfter {
		f.wrong(path+".after", "%s; want %s or more, which is how long a driver may be silent", w.After, Duration{leastAfter})
	}
	if w.Image != "" || f.written(path+".image") {
		f.image(path+".image", w.Image)
	}
	if w.ServiceAccount != "" || f.written(path+".serviceAccount") {
		f.name(path+".serviceAccount", w.ServiceAccount, validation.IsDNS1123Subdomain)
	}
}
