package mesh

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// Prometheus says how to run Prometheus, and what it scrapes.
type Prometheus struct {
	// Binary is the path of prometheus.
	Binary string
	// Kubeconfig is a file that may list the Pods of all namespaces.
	Kubeconfig string
	// NodeIP is the address at which istiod serves its own metrics.
	NodeIP string
	// Listen is the address, host:port, of the web interface and the API.
	Listen string
	// Dir is a folder of its own, for the configuration and the data.
	Dir string
	// Interval is the time between two scrapes; a second by default.
	Interval time.Duration
}

// Prepare writes the configuration into Dir and returns the process. Without
// its API server Prometheus waits, and goes on with what it knows.
func (p Prometheus) Prepare() (Command, error) {
	config, err := p.Config()
	if err != nil {
		return Command{}, err
	}
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return Command{}, err
	}
	if err := os.WriteFile(filepath.Join(p.Dir, "prometheus.yml"), config, 0o600); err != nil {
		return Command{}, err
	}
	return Command{
		Argv: []string{
			p.Binary,
			"--config.file=prometheus.yml",
			"--storage.tsdb.path=data",
			"--storage.tsdb.retention.time=1d",
			"--web.listen-address=" + p.Listen,
			// A new Pod is scraped after this time; by default after five seconds.
			"--scrape.discovery-reload-interval=200ms",
			"--log.level=warn",
		},
		Dir:   p.Dir,
		Ready: "http://" + p.Listen + "/-/ready",
	}, nil
}

// Config returns prometheus.yml. The proxies' series come out of it under
// Istio's own names and labels, as a real Istio serves them.
func (p Prometheus) Config() ([]byte, error) {
	if p.Kubeconfig == "" {
		return nil, errors.New("prometheus: no kubeconfig to find the proxies with")
	}
	if p.Interval == 0 {
		p.Interval = time.Second
	}
	return fill("prometheus.yaml", p)
}
