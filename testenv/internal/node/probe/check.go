package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Target is what a handler speaks to.
type Target struct {
	IP    string // the Pod's address
	Ports []corev1.ContainerPort
	// Exec runs a command in the container: its exit code and what it printed.
	Exec func(ctx context.Context, argv []string) (code int, output string, err error)
}

// maxMessage is how much of an answer goes into a message, in bytes.
const maxMessage = 1024

// New makes the check of a handler.
func New(h corev1.ProbeHandler, t Target) Check {
	switch {
	case h.HTTPGet != nil:
		return func(ctx context.Context) (bool, string) { return HTTP(ctx, h.HTTPGet, t) }
	case h.TCPSocket != nil:
		return func(ctx context.Context) (bool, string) { return dial(ctx, h.TCPSocket, t) }
	case h.Exec != nil:
		return func(ctx context.Context) (bool, string) { return command(ctx, h.Exec.Command, t) }
	case h.GRPC != nil:
		return func(ctx context.Context) (bool, string) { return health(ctx, h.GRPC, t) }
	}
	return func(context.Context) (bool, string) { return true, "" }
}

// HTTP asks for a path. Any status from 200 to 399 is good.
func HTTP(ctx context.Context, get *corev1.HTTPGetAction, t Target) (bool, string) {
	request, err := request(ctx, get, t)
	if err != nil {
		return false, err.Error()
	}
	client := &http.Client{
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as the kubelet: nobody has told it whom to trust
			DisableKeepAlives: true,
		},
		CheckRedirect: func(next *http.Request, _ []*http.Request) error {
			if next.URL.Hostname() != request.URL.Hostname() {
				return http.ErrUseLastResponse // another host's health says nothing
			}
			return nil
		},
	}
	response, err := client.Do(request)
	if err != nil {
		return false, err.Error()
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	if response.StatusCode >= 200 && response.StatusCode < 400 {
		return true, ""
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxMessage)) // what came is enough
	return false, fmt.Sprintf("HTTP probe failed with statuscode: %d %s", response.StatusCode, strings.TrimSpace(string(body)))
}

func request(ctx context.Context, get *corev1.HTTPGetAction, t Target) (*http.Request, error) {
	port, err := t.port(get.Port)
	if err != nil {
		return nil, err
	}
	where, err := url.Parse(get.Path)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	where.Scheme = "http"
	if get.Scheme == corev1.URISchemeHTTPS {
		where.Scheme = "https"
	}
	where.Host = net.JoinHostPort(t.host(get.Host), port)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "kube-probe/headgate")
	for _, h := range get.HTTPHeaders {
		r.Header.Add(h.Name, h.Value)
		if strings.EqualFold(h.Name, "Host") {
			r.Host = h.Value
		}
	}
	return r, nil
}

func (t Target) host(own string) string {
	if own != "" {
		return own
	}
	return t.IP
}

// port finds a port by number or by a container port's name.
func (t Target) port(p intstr.IntOrString) (string, error) {
	if p.Type == intstr.Int {
		return strconv.Itoa(p.IntValue()), nil
	}
	for _, c := range t.Ports {
		if c.Name == p.StrVal {
			return strconv.Itoa(int(c.ContainerPort)), nil
		}
	}
	if n, err := strconv.Atoi(p.StrVal); err == nil {
		return strconv.Itoa(n), nil
	}
	return "", fmt.Errorf("the container has no port named %q", p.StrVal)
}

func dial(ctx context.Context, socket *corev1.TCPSocketAction, t Target) (bool, string) {
	port, err := t.port(socket.Port)
	if err != nil {
		return false, err.Error()
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(t.host(socket.Host), port))
	if err != nil {
		return false, err.Error()
	}
	_ = conn.Close()
	return true, ""
}

func command(ctx context.Context, argv []string, t Target) (bool, string) {
	code, output, err := t.Exec(ctx, argv)
	switch {
	case err != nil:
		return false, fmt.Sprintf("command %q: %v", argv, err)
	case code != 0:
		return false, fmt.Sprintf("command %q exited with %d: %s", argv, code, strings.TrimSpace(output))
	}
	return true, ""
}

func health(ctx context.Context, action *corev1.GRPCAction, t Target) (bool, string) {
	address := net.JoinHostPort(t.IP, strconv.Itoa(int(action.Port)))
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return false, err.Error()
	}
	defer conn.Close() //nolint:errcheck // it has answered
	ask := &healthpb.HealthCheckRequest{}
	if action.Service != nil {
		ask.Service = *action.Service
	}
	answer, err := healthpb.NewHealthClient(conn).Check(ctx, ask)
	if err != nil {
		return false, err.Error()
	}
	if answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		return false, fmt.Sprintf("service unhealthy (responded with %q)", answer.GetStatus())
	}
	return true, ""
}
