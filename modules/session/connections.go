package session

import (
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// judged says what the gates make of connections: where a route carries requests,
// those are counted and nothing else; else one connection stands for a request.
func judged(c traffic.Carries, gates []release.Gate) (warning string, err error) {
	if c.Connections == 0 {
		return "", nil
	}
	if c.Requests > 0 {
		return fmt.Sprintf("%s moved with the http routes: gates and shares go by HTTP requests, and nothing judges the connections", tcpRoutes(c.Connections)), nil
	}
	var slow []string
	for _, g := range gates {
		if g.Latency != nil {
			slow = append(slow, g.Name)
		}
	}
	if len(slow) > 0 {
		return "", fmt.Errorf("gate %s asks how long requests take, and the routes to the service carry connections (tcp, tls), of which nothing counts that: take the gate away", strings.Join(slow, ", "))
	}
	return "the routes carry connections (tcp, tls) and no HTTP requests: each new connection counts as a request, and one that could not be made as a failure. What is said over a connection is judged by no gate but a query; a connection that is open stays with its version", nil
}

func tcpRoutes(n int) string {
	if n == 1 {
		return "1 tcp or tls route is"
	}
	return fmt.Sprintf("%d tcp or tls routes are", n)
}

// uncounted says that gates would wait for ever.
func uncounted(host string, err error) error {
	return fmt.Errorf("the routes carry connections (tcp, tls), and nothing counts those to %s, so no gate could ever decide: %w. Real Istio's proxies count them (istio_tcp_connections_opened_total) once there are any; where yours do not, write gates: [] and approve the steps yourself (pause)", host, err)
}
