// Package kubelet is the part of a node that the API server calls: it serves
// logs, port forwarding and commands in containers, as "kubectl logs",
// "port-forward" and "exec" want them.
package kubelet

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/logs"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// Port is where a kubelet listens.
const Port = 10250

// Pod is what can be done with a Pod of the node.
type Pod interface {
	// CopyLog writes a container's log.
	CopyLog(ctx context.Context, container string, previous bool, opts logs.Options, w io.Writer) error
	Exec(ctx context.Context, container string, argv []string, io sandbox.Stdio) (sandbox.Exit, error)
	// Dial connects to a port from inside the Pod.
	Dial(ctx context.Context, port int32) (net.Conn, error)
}

// Node finds Pods.
type Node interface {
	Find(namespace, name string) (Pod, bool)
	List() []*corev1.Pod
}

// Config says how to serve.
type Config struct {
	Address   string // host:port
	Cert, Key []byte // PEM, of the server
	ClientCA  []byte // PEM: who may call
	Node      Node
}

// Serve answers until ctx ends.
func Serve(ctx context.Context, cfg Config) error {
	tlsConfig, err := cfg.tls()
	if err != nil {
		return fmt.Errorf("kubelet server: %w", err)
	}
	listener, err := tls.Listen("tcp", cfg.Address, tlsConfig)
	if err != nil {
		return fmt.Errorf("kubelet server: %w", err)
	}
	server := &http.Server{
		Handler: handler(cfg.Node), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("kubelet server: %w", err)
	}
	return nil
}

func (c Config) tls() (*tls.Config, error) {
	cert, err := tls.X509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(c.ClientCA) {
		return nil, errors.New("client CA: no certificate found")
	}
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12,
		ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert,
		NextProtos: []string{"http/1.1"}, // streams take the connection over
	}, nil
}

func handler(node Node) http.Handler {
	s := server{node}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	mux.HandleFunc("GET /pods", s.pods)
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", s.withPod(s.logs))
	for _, method := range []string{"GET", "POST"} {
		mux.HandleFunc(method+" /portForward/{namespace}/{pod}", s.withPod(s.portForward))
		mux.HandleFunc(method+" /portForward/{namespace}/{pod}/{uid}", s.withPod(s.portForward))
		mux.HandleFunc(method+" /exec/{namespace}/{pod}/{container}", s.withPod(s.exec))
		mux.HandleFunc(method+" /exec/{namespace}/{pod}/{uid}/{container}", s.withPod(s.exec))
	}
	return mux
}

type server struct{ node Node }

// withPod finds the Pod that a path names.
func (s server) withPod(serve func(http.ResponseWriter, *http.Request, Pod)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		namespace, name := r.PathValue("namespace"), r.PathValue("pod")
		pod, ok := s.node.Find(namespace, name)
		if !ok {
			http.Error(w, fmt.Sprintf("pod %s/%s is not on this node", namespace, name), http.StatusNotFound)
			return
		}
		serve(w, r, pod)
	}
}

func (s server) pods(w http.ResponseWriter, _ *http.Request) {
	list := corev1.PodList{}
	list.APIVersion, list.Kind = "v1", "PodList"
	for _, p := range s.node.List() {
		list.Items = append(list.Items, *p)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list) // the caller may be gone
}

func (s server) logs(w http.ResponseWriter, r *http.Request, pod Pod) {
	opts, previous, err := logOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Transfer-Encoding", "chunked")
	out := &flushing{w: w}
	if err := pod.CopyLog(r.Context(), r.PathValue("container"), previous, opts, out); err != nil && !out.begun {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// flushing sends each line on at once.
type flushing struct {
	w     http.ResponseWriter
	begun bool
}

func (f *flushing) Write(p []byte) (int, error) {
	f.begun = true
	n, err := f.w.Write(p)
	if err == nil {
		err = http.NewResponseController(f.w).Flush()
	}
	return n, err
}

func logOptions(r *http.Request) (opts logs.Options, previous bool, err error) {
	q := r.URL.Query()
	number := func(name string, otherwise int64) int64 {
		text := q.Get(name)
		if text == "" || err != nil {
			return otherwise
		}
		n, parseErr := strconv.ParseInt(text, 10, 64)
		if parseErr != nil || n < 0 {
			err = fmt.Errorf("%s=%q: must be a number, 0 or more", name, text)
		}
		return n
	}
	flag := func(name string) bool { return q.Get(name) == "true" || q.Get(name) == "1" }
	opts = logs.Options{Follow: flag("follow"), Timestamps: flag("timestamps"), Tail: number("tailLines", -1), Limit: number("limitBytes", 0)}
	if seconds := number("sinceSeconds", 0); seconds > 0 {
		opts.Since = time.Now().Add(-time.Duration(seconds) * time.Second)
	}
	if text := q.Get("sinceTime"); text != "" && err == nil {
		if opts.Since, err = time.Parse(time.RFC3339, text); err != nil {
			err = fmt.Errorf("sinceTime: %w", err)
		}
	}
	return opts, flag("previous"), err
}
