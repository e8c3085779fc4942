// Package mesh puts Istio into a test environment: its objects into the API
// server, istiod as a process, an ingress gateway as a Pod, and a Prometheus
// configuration that yields the standard Istio series.
//
// The proxies run upstream Envoy instead of Istio's build of it. Everything
// that follows from that difference is in this package and in
// testenv/tools/istiorender, and nowhere else.
package mesh

import "k8s.io/client-go/rest"

const (
	// Namespace is where Istio's own objects live.
	Namespace = "istio-system"
	// Gateway is the name of the ingress gateway's Deployment, Service and
	// ServiceAccount; its Pods carry the label istio=ingressgateway.
	Gateway = "istio-ingressgateway"
	// GatewayPort is the port on which the gateway's Pods and Service take
	// plain HTTP.
	GatewayPort = 8080
)

// The ports on which istiod listens, on every address of the node.
const (
	discoveryPort  = 15012
	plainPort      = 15010
	webhookPort    = 15017
	monitoringPort = 15014
)

// fieldManager owns what this package applies.
const fieldManager = "headgate-testenv"

// Config says which cluster gets the mesh, and from what.
type Config struct {
	// REST leads to the API server with the rights of an administrator.
	REST *rest.Config
	// Rendered is the folder that istiorender wrote.
	Rendered string
	// NodeIP is the address at which the API server and the Pods reach istiod.
	NodeIP string
}
