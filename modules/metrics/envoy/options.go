// Package envoy reads Evidence from the proxies themselves, through the API
// server's pod proxy: no Prometheus is needed and the counters are of this
// moment. Latency is as old as the proxies' flush interval (5 s unless the
// Pods say otherwise), so a histogram can trail the counters by that much.
package envoy

import (
	"errors"
	"time"

	"k8s.io/client-go/rest"
)

// Side says whose proxies are read.
type Side string

// The sides.
const (
	// SourceSide reads the callers' proxies: gateways and the sidecars of whoever
	// calls. They see requests that never arrived, know which subset the route
	// chose, and count a request once however often it was retried.
	SourceSide Side = "source"
	// DestinationSide reads the sidecars of stable's and the candidate's own Pods:
	// few, whoever calls. Requests that never arrived are not seen, retries
	// count as requests, and so do mirrored ones.
	DestinationSide Side = "destination"
)

// Selector selects proxies by their Pods.
type Selector struct {
	// Namespace is empty for all.
	Namespace string
	// Labels are those that the Pods must have.
	Labels map[string]string
}

// Options say which proxies are read, and how hard.
type Options struct {
	// Cluster is where they are. Its user must list pods and get pods/proxy.
	Cluster *rest.Config
	// Side is SourceSide by default.
	Side Side
	// Callers narrows the source side down, for instance to the gateways that
	// the routes are bound to. Empty means every proxy of the mesh, or of the
	// subject's namespace if no others can be listed. A caller that is left
	// out is not counted, for either version: less Evidence, not wrong one.
	Callers []Selector
	// MaxProxies bounds how many are read, 300 by default.
	MaxProxies int
	// IdlePerLook is how many of the proxies that have not called the service
	// yet are asked at each Read, in turn; 20 by default.
	IdlePerLook int
	// Parallel is how many are asked at the same time, 6 by default.
	Parallel int
	// Timeout bounds the answer of one proxy, 3 s by default.
	Timeout time.Duration
	// Relist is how long the list of proxies is used, 5 s by default.
	Relist time.Duration
	// MaxBytes bounds one proxy's answer, 4 MiB by default.
	MaxBytes int64
	// Codes and GRPCCodes are regular expressions of the codes that are
	// errors; see package outcome.
	Codes, GRPCCodes string
}

func (o *Options) setDefaults() error {
	if o.Cluster == nil {
		return errors.New("envoy: no cluster is configured")
	}
	setDefault(&o.Side, SourceSide)
	if o.Side != SourceSide && o.Side != DestinationSide {
		return errors.New(`envoy: side is neither "source" nor "destination"`)
	}
	setDefault(&o.MaxProxies, 300)
	setDefault(&o.IdlePerLook, 20)
	setDefault(&o.Parallel, 6)
	setDefault(&o.Timeout, 3*time.Second)
	setDefault(&o.Relist, 5*time.Second)
	setDefault(&o.MaxBytes, 4<<20)
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
