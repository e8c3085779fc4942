package svcproxy

import (
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "demo", Name: name}
}

// web is a Service of the port http, 80 to 8080.
func web(change ...func(*corev1.Service)) *corev1.Service {
	s := &corev1.Service{ObjectMeta: meta("web"), Spec: corev1.ServiceSpec{
		ClusterIP: "10.96.1.1",
		Ports:     []corev1.ServicePort{{Name: "http", Port: 80, Protocol: corev1.ProtocolTCP}},
	}}
	for _, c := range change {
		c(s)
	}
	return s
}

// slice holds endpoints of web on port 8080.
func slice(name string, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	port, portName := int32(8080), "http"
	s := &discoveryv1.EndpointSlice{
		ObjectMeta: meta(name), AddressType: discoveryv1.AddressTypeIPv4, Endpoints: endpoints,
		Ports: []discoveryv1.EndpointPort{{Name: &portName, Port: &port}},
	}
	s.Labels = map[string]string{discoveryv1.LabelServiceName: "web"}
	return s
}

func pod(ip string, ready, serving, terminating bool) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{Addresses: []string{ip}, Conditions: discoveryv1.EndpointConditions{
		Ready: &ready, Serving: &serving, Terminating: &terminating,
	}}
}

func TestForwards(t *testing.T) {
	t.Parallel()
	up := func(ip string) discoveryv1.Endpoint { return pod(ip, true, true, false) }
	unready := pod("10.244.1.8", false, false, false)
	ending := pod("10.244.1.9", false, true, true)
	tests := map[string]struct {
		service *corev1.Service
		slices  []*discoveryv1.EndpointSlice
		want    []string
	}{
		"ready endpoints of all slices, in order": {web(), []*discoveryv1.EndpointSlice{slice("b", up("10.244.1.2")), slice("a", up("10.244.1.1"))}, []string{"10.244.1.1:8080", "10.244.1.2:8080"}},
		"one endpoint in two slices counts once":  {web(), []*discoveryv1.EndpointSlice{slice("a", up("10.244.1.1")), slice("b", up("10.244.1.1"))}, []string{"10.244.1.1:8080"}},
		"unready ones get nothing":                {web(), []*discoveryv1.EndpointSlice{slice("a", up("10.244.1.1"), unready, ending)}, []string{"10.244.1.1:8080"}},
		"a pod that ends is the last resort":      {web(), []*discoveryv1.EndpointSlice{slice("a", unready, ending)}, []string{"10.244.1.9:8080"}},
		"unready ones on request":                 {web(func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = true }), []*discoveryv1.EndpointSlice{slice("a", unready)}, []string{"10.244.1.8:8080"}},
		"no endpoints, no forward":                {web(), nil, nil},
		"another port's endpoints":                {web(func(s *corev1.Service) { s.Spec.Ports[0].Name = "grpc" }), []*discoveryv1.EndpointSlice{slice("a", up("10.244.1.1"))}, nil},
		"headless services have no address":       {web(func(s *corev1.Service) { s.Spec.ClusterIP = corev1.ClusterIPNone }), []*discoveryv1.EndpointSlice{slice("a", up("10.244.1.1"))}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range forwards(join([]*corev1.Service{tt.service}, tt.slices), netip.AddrPort{}) {
				for _, to := range f.To {
					got = append(got, to.String())
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestKubernetesServiceLeadsToTheAPIServer(t *testing.T) {
	t.Parallel()
	svc := web()
	svc.Namespace, svc.Name = "default", "kubernetes"
	api := netip.MustParseAddrPort("10.244.0.1:6443")
	got := forwards(join([]*corev1.Service{svc}, nil), api)
	if len(got) != 1 || !slices.Equal(got[0].To, []netip.AddrPort{api}) {
		t.Errorf("got %+v", got)
	}
}

func TestZoneNamesHeadlessEndpoints(t *testing.T) {
	t.Parallel()
	host := "web-0"
	named := pod("10.244.1.1", true, true, false)
	named.Hostname = &host
	headless := web(func(s *corev1.Service) { s.Spec.ClusterIP = corev1.ClusterIPNone })
	z := zone(join([]*corev1.Service{headless}, []*discoveryv1.EndpointSlice{slice("a", named, pod("10.244.1.2", true, true, false))}), "cluster.local")
	for name, want := range map[string]int{"web.demo.svc.cluster.local": 2, "web-0.web.demo.svc.cluster.local": 1} {
		if got := z[name].Addresses; len(got) != want {
			t.Errorf("%s: %v, want %d addresses", name, got, want)
		}
	}
}
