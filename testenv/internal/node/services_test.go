package node_test

import (
	"fmt"
	"net/url"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// expose makes the Service "web" for Pods of a label.
func (c *cluster) expose(t *testing.T, ns, app, clusterIP string) {
	t.Helper()
	_, err := c.CoreV1().Services(ns).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: app},
		Spec: corev1.ServiceSpec{
			ClusterIP: clusterIP, Selector: map[string]string{"app": app},
			Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func fetch(to string) string { return "/fetch?url=" + url.QueryEscape(to) }

func TestServiceIsReachedByNameAndSharesTheLoad(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	for _, name := range []string{"web-a", "web-b"} {
		pod := named(name, server())
		pod.Labels["app"] = "web"
		c.create(t, ns, pod)
	}
	c.expose(t, ns, "web", "")
	a := c.ready(t, ns, "web-a")
	c.ready(t, ns, "web-b")
	seen := map[string]bool{}
	eventually(t, "answers through the service", func() string {
		// Asked by a Pod of the Service itself: one of two leads back to it.
		seen[get(t, a.Status.PodIP, fetch("http://web/name"))] = true
		if seen["web-a"] && seen["web-b"] {
			return ""
		}
		return fmt.Sprint(seen)
	})
	if got := get(t, a.Status.PodIP, fetch("http://web."+ns+".svc.cluster.local/name")); got != "web-a" && got != "web-b" {
		t.Errorf("by its full name: %q", got)
	}
	if got := get(t, a.Status.PodIP, fetch("http://nobody/name")); got == "" {
		t.Error("a name that does not exist was answered")
	}
}

func TestUnreadyPodLeavesItsService(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	c.create(t, ns, named("ill", server()))
	c.create(t, ns, named("client", server()))
	c.expose(t, ns, "ill", "")
	ill := c.ready(t, ns, "ill")
	client := c.ready(t, ns, "client")
	ask := func() string { return get(t, client.Status.PodIP, fetch("http://ill/name")) }
	eventually(t, "service with a ready pod", func() string {
		if got := ask(); got != "ill" {
			return got
		}
		return ""
	})
	get(t, ill.Status.PodIP, "/sick?yes")
	eventually(t, "service without a ready pod", func() string {
		if got := ask(); got == "ill" {
			return "still answers"
		}
		return ""
	})
	c.event(t, ns, "ill", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
	get(t, ill.Status.PodIP, "/sick?no")
	c.ready(t, ns, "ill")
}

func TestUnhealthyContainerIsStartedAgain(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	app := server()
	app.LivenessProbe = &corev1.Probe{ProbeHandler: app.ReadinessProbe.ProbeHandler, PeriodSeconds: 1, FailureThreshold: 2}
	c.create(t, ns, named("weak", app))
	pod := c.ready(t, ns, "weak")
	get(t, pod.Status.PodIP, "/sick?yes")
	c.pod(t, ns, "weak", func(p *corev1.Pod) string {
		if s := p.Status.ContainerStatuses[0]; s.RestartCount != 1 || !s.Ready {
			return fmt.Sprintf("restarts %d, ready %v", s.RestartCount, s.Ready)
		}
		return ""
	})
	c.event(t, ns, "weak", "Killing", "failed liveness probe, will be restarted")
}

func TestPodReachesTheAPIServer(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	const account = "/var/run/secrets/kubernetes.io/serviceaccount"
	app := shell(`exec curl -sS --cacert ` + account + `/ca.crt -H "Authorization: Bearer $(cat ` + account + `/token)" ` +
		`https://kubernetes.default.svc/apis/authentication.k8s.io/v1/selfsubjectreviews -X POST -H 'Content-Type: application/json' -d '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'`)
	pod := named("caller", app)
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	c.create(t, ns, pod)
	c.logs(t, ns, "caller", "system:serviceaccount:"+ns+":default", &corev1.PodLogOptions{})
}

func TestProxyCapturesThePodsConnections(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	listen := func(name, image, port string, user int64) corev1.Container {
		s := corev1.Container{Name: name, Image: image, Env: []corev1.EnvVar{{Name: "NAME", Value: name}, {Name: "LISTEN", Value: ":" + port}}}
		if !rootless() {
			s.SecurityContext = &corev1.SecurityContext{RunAsUser: &user}
		}
		return s
	}
	pod := named("meshed", listen("app", "server:1", "8080", 1000), listen("out", "proxy:1", "15001", 1337), listen("in", "proxy:1", "15006", 1337))
	pod.Spec.InitContainers = []corev1.Container{{
		Name: "istio-init", Image: "proxy:1",
		Args: []string{"istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020", "--log_output_level=default:info"},
	}}
	c.create(t, ns, pod)
	c.create(t, ns, named("other", server()))
	c.expose(t, ns, "other", "")
	got := c.ready(t, ns, "meshed")
	c.ready(t, ns, "other")
	eventually(t, "a connection from outside", func() string {
		if answer := get(t, got.Status.PodIP, "/name"); answer != "in" {
			return "answered by " + answer
		}
		return ""
	})
	eventually(t, "a connection to a service", func() string {
		// The application itself is only to be reached from inside.
		out, _ := c.exec(t, ns, "meshed", "app", "curl", "-sS", "-m", "3", "http://127.0.0.1:8080"+fetch("http://other/name"))
		if out != "out" {
			return "answered by " + out
		}
		return ""
	})
}
